// What each command about people and friends does, and what the app is told of them.

import type { RootPeerClient } from '../client/client.ts'
import type { PublishOptions } from '../client/people/types.ts'
import type { Commands } from './commands.ts'
import { failureOf } from './errors.ts'
import type { Fields } from './fields.ts'
import { flag, optionalText, text, wholeNumber } from './fields.ts'
import { workletLimits } from './limits.ts'
import type { PeopleCommands, PersonReply } from './people-commands.ts'
import type { Tell } from './peers.ts'

interface Opened {
  client: RootPeerClient
}

export const PEOPLE_HANDLERS: {
  readonly [Name in keyof PeopleCommands]: (
    context: Opened,
    fields: Fields
  ) => Promise<Commands[Name][1]>
} = {
  async publish({ client }, fields) {
    const { profile, stored } = await client.people.publish(optionsOf(fields))
    return { success: true, profile, stored }
  },

  async withdraw({ client }) {
    const { stored } = await client.people.withdraw()
    return { success: true, stored }
  },

  ownProfile: ({ client }) => Promise.resolve({ success: true, profile: client.people.own }),

  async lookup({ client }, fields) {
    return { success: true, ...(await client.people.lookup(text(fields, 'handle')).all) }
  },

  async findPerson({ client }, fields) {
    return { success: true, person: await client.people.find(text(fields, 'key')) }
  },

  async listPeople({ client }, fields) {
    const { peopleMax } = workletLimits
    const limit = Math.min(wholeNumber(fields, 'limit', peopleMax), peopleMax)
    const people: PersonReply[] = []
    for await (const person of client.people.list()) {
      if (people.length >= limit) return { success: true, people, end: false }
      people.push(person)
    }
    return { success: true, people, end: true }
  },

  async safetyCode({ client }, fields) {
    return { success: true, code: await client.people.code(text(fields, 'key')) }
  },

  async unpin({ client }, fields) {
    return { success: true, unpinned: await client.people.unpin(text(fields, 'handle')) }
  },

  async friends({ client }) {
    return { success: true, friends: await client.friends.list() }
  },

  async addFriend({ client }, fields) {
    return { success: true, friend: await client.friends.add(text(fields, 'friend')) }
  },

  async removeFriend({ client }, fields) {
    return { success: true, removed: await client.friends.remove(text(fields, 'friend')) }
  }
}

/** Tells what happens to people and friends from now on. */
export function tellPeople({ people, friends }: RootPeerClient, tell: Tell): void {
  friends.on('friend', (friend) => tell('friend', friend))
  people.on('handle-changed', (event) => tell('handleChanged', event))
  people.on('published', (event) => tell('published', event))
  people.on('refused', ({ root, error: err }) => {
    const { code, error } = failureOf(err)
    tell('publishRefused', { root, code, error })
  })
}

function optionsOf(fields: Fields): PublishOptions {
  const handle = optionalText(fields, 'handle')
  const name = optionalText(fields, 'name')
  const about = optionalText(fields, 'about')
  const days = wholeNumber(fields, 'days', 0)
  return {
    listed: flag(fields, 'listed', false),
    sealed: flag(fields, 'sealed', false),
    ...(handle === undefined ? {} : { handle }),
    ...(name === undefined ? {} : { name }),
    ...(about === undefined ? {} : { about }),
    ...(days === 0 ? {} : { days })
  }
}
