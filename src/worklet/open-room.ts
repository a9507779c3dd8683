// A room that the app has joined, under the app's name for it: its events, as the app is told of them.
// Messages are not among them: those are read, by a feed, only while an app takes them.

import type { BroadcastEvent } from '../client/company.ts'
import type { Room } from '../client/room.ts'
import { mapKey, parsePeerKey } from '../protocol/bytes.ts'
import { BroadcastKind } from '../protocol/broadcast.ts'
import type { QuotaNow, RoomReply } from './commands.ts'
import { failureOf } from './errors.ts'
import type { Peers, Tell } from './peers.ts'
import { isTyping, receiptIds } from './signals.ts'

export interface OpenRoomParts {
  /** The app's name for it. */
  topic: string
  room: Room
  /** Whether the app wants its place with every message. */
  cursors: boolean
  tell: Tell
  peers: Peers
}

export class OpenRoom {
  readonly topic: string
  readonly room: Room
  /** May be asked for later: the app that opened the room need not be the one that reads it. */
  cursors: boolean
  /** As each root peer has last told them. */
  readonly quotas = new Map<string, QuotaNow[]>()
  readonly #tell: Tell
  readonly #peers: Peers

  constructor({ topic, room, cursors, tell, peers }: OpenRoomParts) {
    this.topic = topic
    this.room = room
    this.cursors = cursors
    this.#tell = tell
    this.#peers = peers
    this.#listen()
  }

  get reply(): RoomReply {
    const { id, invite, access } = this.room
    return { success: true, roomTopic: this.topic, id, invite, access }
  }

  close(): void {
    this.room.close()
    this.#peers.leave(this.topic)
  }

  #listen(): void {
    const { room, topic: roomTopic } = this
    const tell = this.#tell
    room.on('proven', (event) => tell('proven', { roomTopic, ...event }))
    room.on('hole', (event) => tell('hole', { roomTopic, ...event }))
    room.on('gap', (event) => tell('gap', { roomTopic, ...event }))
    room.on('reset', (event) => tell('reset', { roomTopic, ...event }))
    room.on('queued', (event) => tell('queued', { roomTopic, ...event }))
    room.on('stored', (event) => tell('stored', { roomTopic, ...event }))
    room.on('root-lost', (event) => tell('rootLost', { roomTopic, ...event }))
    room.on('root-back', (event) => tell('rootBack', { roomTopic, ...event }))
    room.on('root-dropped', (event) => tell('rootDropped', { roomTopic, ...event }))
    room.on('behind', (event) => tell('behind', { roomTopic, ...event }))
    room.on('retention', (event) => tell('retention', { roomTopic, ...event }))
    room.on('quota', ({ root, quotas }) => {
      this.quotas.set(root, quotas)
      tell('quota', { roomTopic, root, quotas })
    })
    room.on('space-again', (event) => tell('spaceAgain', { roomTopic, ...event }))
    room.on('deleted', (event) => tell('deleted', { roomTopic, ...event }))
    room.on('refused', (event) => tell('refused', { roomTopic, ...event }))
    room.on('denied', ({ root, error: err }) => {
      const { code, error } = failureOf(err)
      tell('denied', { roomTopic, root, code, error })
    })
    room.on('presence', (event) => tell('presence', { roomTopic, ...event }))
    room.on('member', ({ peer, ...member }) => {
      const peerPublicKey = hexOf(peer)
      this.#peers.member(roomTopic, peerPublicKey, member.online)
      tell('member', { roomTopic, peerPublicKey, ...member })
    })
    room.on('broadcast', (event) => this.#heard(event))
    room.on('error', (err) => {
      const { code, error } = failureOf(err)
      tell('error', { error, code, context: 'room', roomTopic })
    })
  }

  #heard({ kind, sentAt, author, body }: BroadcastEvent): void {
    const about = { roomTopic: this.topic, peerPublicKey: hexOf(author), timestamp: sentAt }
    if (kind === BroadcastKind.typing) this.#tell('typing', { ...about, typing: isTyping(body) })
    if (kind === BroadcastKind.receipt) this.#tell('receipt', { ...about, ids: receiptIds(body) })
  }
}

/** Hex of a key in z32. */
export function hexOf(key: string): string {
  return mapKey(parsePeerKey(key))
}
