// What each command does, one function each; what they need is handed in. Never knows of the pipe.

import type { RootPeerClient } from '../client/client.ts'
import { identityOf } from '../client/profile/identity.ts'
import { BroadcastKind } from '../protocol/broadcast.ts'
import { formatKey, mapKey } from '../protocol/bytes.ts'
import { parseCursor } from '../protocol/cursor.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { Invite } from '../protocol/invite.ts'
import {
  keysOf,
  parseInvite,
  printInvite,
  sharedKeyInvite,
  toGuest,
  toMember
} from '../protocol/invite.ts'
import { accessName } from '../protocol/keys.ts'
import { wireLimits } from '../protocol/limits.ts'
import { fromBody, isShallow, toBody } from './body.ts'
import type { CommandName, Commands, Retention } from './commands.ts'
import { badRequest, failureOf, nameTaken } from './errors.ts'
import type { Fields } from './fields.ts'
import { flag, hex32, optionalText, text, texts, wholeNumber } from './fields.ts'
import type { Feed } from './feed.ts'
import { workletLimits } from './limits.ts'
import type { OpenRoom } from './open-room.ts'
import { PEOPLE_HANDLERS } from './people-handlers.ts'
import type { Patience } from './patience.ts'
import type { Peers, Tell } from './peers.ts'
import type { OpenRooms } from './open-rooms.ts'
import { receiptBody, typingBody } from './signals.ts'

/** What a command works on. */
export interface Context {
  client: RootPeerClient
  seed: Uint8Array
  rooms: OpenRooms
  peers: Peers
  /** Root peers that are connected, in z32. */
  roots: ReadonlySet<string>
  suspended: boolean
  suspend: () => Promise<void>
  resume: () => Promise<void>
  /** The app that asks: its messages of a room. */
  feed: (room: OpenRoom) => Feed
  endFeed: (room: OpenRoom) => void
  patience: Patience
  tell: Tell
}

type Reply<Name extends CommandName> = Commands[Name][1]

export const HANDLERS: {
  readonly [Name in CommandName]: (
    context: Context,
    fields: Fields
  ) => Reply<Name> | Promise<Reply<Name>>
} = {
  getKeys({ seed }) {
    const { publicKey, secretKey } = identityOf(seed)
    return { publicKey: mapKey(publicKey), secretKey: mapKey(secretKey) }
  },

  connectedPeers: ({ peers }) => peers.keys,

  async join({ client, rooms, feed }, fields) {
    const topic = optionalText(fields, 'roomTopic')
    const { invite, known } = wanted(fields, topic)
    const before = rooms.find(topic, known)
    if (before !== undefined && before.room.id !== known) throw nameTaken(before.topic)
    const cursors = flag(fields, 'cursors', false)
    // Also of a room that is open: another access is refused there.
    const open = rooms.add(await client.join(invite), topic, { cursors })
    feed(open)
    return before === undefined ? open.reply : { ...open.reply, alreadyJoined: true }
  },

  leave({ rooms, endFeed }, fields) {
    const open = rooms.find(text(fields, 'roomTopic'), null)
    if (open !== undefined) {
      endFeed(open)
      rooms.remove(open)
    }
    return { success: true }
  },

  async send({ rooms, roots, feed, patience, tell }, fields) {
    const open = rooms.need(text(fields, 'roomTopic'))
    const { message } = fields
    if (typeof message !== 'string' && (typeof message !== 'object' || message === null)) {
      throw badRequest('message is a text or an object')
    }
    if (!isShallow(message)) throw badRequest('message is nested too deeply')
    const encrypted = flag(fields, 'encrypted', false)
    const { id, stored } = await open.room.post(toBody({ message, encrypted }))
    feed(open).sent(id)
    let answered = false
    stored.catch((err: unknown) => {
      if (!answered) return
      const { code, error } = failureOf(err)
      tell('error', { error, code, context: 'send', roomTopic: open.topic })
    })
    const receipt = await patience.wait(stored, roots.size > 0 ? workletLimits.storedMs : 0)
    answered = true
    return {
      success: true,
      sentTo: open.room.directPeers,
      storedWithRootPeer: receipt !== null,
      id
    }
  },

  sync({ rooms, feed }, fields) {
    const open = rooms.need(text(fields, 'roomTopic'))
    const cursor = optionalText(fields, 'cursor')
    if (cursor !== undefined) parseCursor(cursor)
    feed(open).startFrom(cursor ?? wholeNumber(fields, 'lastIndex', 0))
    return { success: true }
  },

  reconnect({ client, roots, tell }) {
    if (roots.size > 0) return { success: true, alreadyConnected: true }
    client.connect().catch((err: unknown) => {
      const { code, error } = failureOf(err)
      tell('error', { error, code, context: 'reconnect' })
    })
    return { success: true, searching: true }
  },

  async createRoom({ client, rooms, feed }, fields) {
    const roots = texts(fields, 'roots', wireLimits.inviteRootsMax)
    const topic = optionalText(fields, 'roomTopic')
    const cursors = flag(fields, 'cursors', false)
    if (topic !== undefined && rooms.find(topic, null) !== undefined) throw nameTaken(topic)
    const room = await client.createRoom(roots === undefined ? {} : { roots })
    const open = rooms.add(room, topic, { cursors })
    feed(open)
    const invite = parseInvite(room.invite)
    return {
      ...open.reply,
      memberInvite: printInvite(toMember(invite)),
      guestInvite: printInvite(toGuest(invite))
    }
  },

  parseInvite({ rooms }, fields) {
    const written = text(fields, 'invite').trim()
    const secret = hex32(written)
    const invite = secret === null ? parseInvite(written) : sharedKeyInvite(secret)
    const { id, access } = keysOf(invite)
    const open = rooms.find(undefined, formatKey(id))
    return {
      success: true,
      roomTopic: open?.topic ?? mapKey(id),
      kind: secret === null ? invite.kind : 'shared',
      access: accessName(access),
      id: formatKey(id),
      roots: invite.roots.map(formatKey),
      joined: open !== undefined
    }
  },

  typing({ rooms }, fields) {
    const { room } = rooms.need(text(fields, 'roomTopic'))
    room.broadcast(BroadcastKind.typing, typingBody(flag(fields, 'typing', true)))
    return { success: true }
  },

  receipt({ rooms }, fields) {
    const { room } = rooms.need(text(fields, 'roomTopic'))
    const ids = texts(fields, 'ids', workletLimits.receiptIdsMax)
    if (ids === undefined) throw badRequest('ids is missing')
    room.broadcast(BroadcastKind.receipt, receiptBody(ids))
    return { success: true }
  },

  async suspend({ suspend }) {
    await suspend()
    return { success: true }
  },

  async resume({ resume }) {
    await resume()
    return { success: true }
  },

  status({ client, rooms, roots, suspended }) {
    return {
      success: true,
      suspended,
      author: client.author,
      roots: [...roots],
      rooms: rooms.list.map(({ topic, room: { id, access } }) => ({ roomTopic: topic, id, access }))
    }
  },

  unsent({ rooms }, fields) {
    const { room } = rooms.need(text(fields, 'roomTopic'))
    const unsent = room.unsent()
    const messages = unsent
      .slice(0, workletLimits.unsentMax)
      .map(({ id, sentAt, body, stored }) => ({ id, ...fromBody(body), timestamp: sentAt, stored }))
    return { success: true, count: unsent.length, messages }
  },

  async retention({ rooms }, fields) {
    const { room } = rooms.need(text(fields, 'roomTopic'))
    const less: Partial<Retention> = {}
    for (const name of ['ageMs', 'bytes', 'messages'] as const) {
      if (name in fields) less[name] = wholeNumber(fields, name, 0)
    }
    if (Object.keys(less).length > 0) await room.setRetention(less)
    return { success: true, retention: room.retention }
  },

  async deleteRoom({ rooms }, fields) {
    await rooms.need(text(fields, 'roomTopic')).room.delete()
    return { success: true }
  },

  quotas({ rooms }, fields) {
    const { quotas } = rooms.need(text(fields, 'roomTopic'))
    const roots = Array.from(quotas, ([root, each]) => ({ root, quotas: each }))
    return { success: true, roots }
  },

  ...PEOPLE_HANDLERS
}

/** The room that is to be joined, and its id if it can be told before. */
function wanted(
  fields: Fields,
  topic: string | undefined
): { invite: string | { sharedKey: Uint8Array }; known: string } {
  const key = optionalText(fields, 'roomKey')
  const invite = optionalText(fields, 'invite')
  // An app that keeps the room's key to itself names the room by a hash of it, which its members share.
  const written = key ?? invite ?? topic
  if (written === undefined) throw badRequest('an invite or a roomKey is missing')
  const sharedKey = hex32(written.trim())
  if (sharedKey !== null) return { invite: { sharedKey }, known: idOf(sharedKeyInvite(sharedKey)) }
  if (invite !== undefined && key === undefined) return { invite, known: idOf(parseInvite(invite)) }
  throw new RootPeerError('BAD_KEY', 'a room key is 64 hex digits', {
    expected: 64,
    got: written.length
  })
}

function idOf(invite: Invite): string {
  return formatKey(keysOf(invite).id)
}
