// The commands for people: who we are, what is published of us, who claims a handle, and who is listed.

import { once } from 'node:events'
import type { PersonInfo, PublishOptions, RootPeerClient } from '../../src/client/client.ts'
import { usage } from '../../src/errors.ts'
import { RootPeerError } from '../../src/protocol/protocol.ts'
import { withClient } from '../client.ts'
import type { Run } from '../commands.ts'
import { short, visible } from '../display.ts'
import { delivered, write, writeJson } from '../output.ts'
import { say } from '../session.ts'
import type { Settings } from '../settings.ts'

/** How long a root peer may take before the user is told that we wait for one. */
const PATIENCE_MS = 2000

export const id: Run = ({ settings, interruption }) =>
  withClient(settings, interruption, { own: true }, async (client) => {
    const { author: key, peer } = client
    if (settings.json) return writeJson({ key, peer })
    return write(`${key}\n`)
  })

export const profilePublish: Run = ({ settings, interruption }) => {
  const options = publishOptions(settings)
  return withClient(settings, interruption, { own: true }, async (client) => {
    const published = await client.people.publish(options)
    const { profile, refused } = published
    const stored = new Set(published.stored)
    if (stored.size === 0 && refused[0] !== undefined) throw refused[0].error
    if (stored.size === 0) stored.add(await firstRoot(client, interruption.signal))
    for (const { root, error } of refused) {
      say(`root peer ${short(root)} does not take it: ${error.message}`)
    }
    if (settings.json) return writeJson({ ...profile, stored: [...stored] })
    const until = new Date(profile.validUntil).toISOString().slice(0, 10)
    return write(`${visible(profile.handle ?? profile.key)}  until ${until}\n`)
  })
}

export const profileShow: Run = ({ settings, interruption }) =>
  withClient(settings, interruption, { own: true }, async (client) => {
    const { own } = client.people
    if (own === null) return 1
    if (settings.json) await writeJson(own)
    else await write(lines(own), '\n')
    return 0
  })

export const profileWithdraw: Run = ({ settings, interruption }) =>
  withClient(settings, interruption, { own: true }, async (client) => {
    if (client.people.own === null) return 1
    const withdrawn = await client.people.withdraw()
    const stored = new Set(withdrawn.stored)
    if (stored.size === 0 && withdrawn.refused[0] !== undefined) throw withdrawn.refused[0].error
    if (stored.size === 0) stored.add(await firstRoot(client, interruption.signal))
    if (settings.json) await writeJson({ withdrawn: true, stored: [...stored] })
    return 0
  })

export const lookup: Run = ({ settings, args, interruption }) =>
  withClient(settings, interruption, { own: false }, async (client) => {
    const [handle = ''] = args
    const { signal } = interruption
    const { people, leftOut } = await client.people.lookup(handle, { signal }).all
    for (const person of people) await print(person, settings)
    await delivered()
    if (leftOut > 0) say(`${leftOut} more announce it and were not asked`)
    if (people.length === 0 && !signal.aborted) {
      throw new RootPeerError('HANDLE_UNKNOWN', `nobody who can be reached claims ${handle}`)
    }
  })

export const who: Run = ({ settings, interruption }) =>
  withClient(settings, interruption, { own: false }, async (client) => {
    for await (const person of client.people.list({ signal: interruption.signal })) {
      await print(person, settings)
    }
    await delivered()
  })

function publishOptions(settings: Settings): PublishOptions {
  const { handle, name, about, days } = settings
  if (handle === undefined) throw usage('profile publish needs a --handle')
  return {
    handle,
    listed: settings.listed,
    sealed: settings.sealed,
    ...(name === undefined ? {} : { name }),
    ...(about === undefined ? {} : { about }),
    ...(days === undefined ? {} : { days })
  }
}

/** The first root peer that has it. */
async function firstRoot(client: RootPeerClient, signal: AbortSignal): Promise<string> {
  const sentence = 'no root peer has it yet; still trying, Ctrl-C gives up'
  const waiting = setTimeout(() => say(sentence), PATIENCE_MS)
  try {
    const [{ root }] = (await once(client.people, 'published', { signal })) as [{ root: string }]
    return root
  } catch {
    throw new RootPeerError('ABORTED', 'given up: it is kept here, and goes to root peers later')
  } finally {
    clearTimeout(waiting)
  }
}

function print(person: PersonInfo, { json }: Settings): Promise<void> {
  if (json) {
    const { key, handle, name, about, validUntil, pinned, online, alarm, ...rest } = person
    const { listed, lastSeen, direct, sequence, roots } = rest
    const first = { key, handle, name, validUntil, pinned, online }
    return writeJson({ ...first, about, alarm, listed, lastSeen, direct, sequence, roots })
  }
  const { key, handle, name, pinned, alarm, online } = person
  const marks = [
    online ? 'online' : 'offline',
    ...(pinned ? ['pinned'] : []),
    ...(alarm === null ? [] : [alarm])
  ]
  return write(`${key}  ${said(handle)}  ${said(name)}  ${marks.join(', ')}\n`)
}

function lines(profile: object): string {
  return Object.entries(profile)
    .map(
      ([name, value]) => `${name.padEnd(10)}  ${visible(String(value ?? '')).replaceAll('\t', ' ')}`
    )
    .join('\n')
}

/** What somebody says of himself, in one line; a dash for nothing. */
export function said(text: string | null): string {
  if (text === null || text === '') return '-'
  return visible(text).replaceAll('\t', '\u2409')
}
