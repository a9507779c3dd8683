// The messages of one room on their way to one app: read only as fast as the app takes them. Leaves out
// what the app has sent itself since it began, because the app shows that already.

import type { ReadMessage, Unreadable } from '../client/reading/message.ts'
import type { ReadOptions } from '../client/room-options.ts'
import { printCursor } from '../protocol/cursor.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { MessageEvent } from './events.ts'
import { fromBody } from './body.ts'
import { failureOf } from './errors.ts'
import { workletLimits } from './limits.ts'
import type { OpenRoom } from './open-room.ts'
import { hexOf } from './open-room.ts'
import type { Tell } from './peers.ts'
import { Stop } from './stop.ts'

/** The app at the other end. */
export interface Taker {
  tell: Tell
  /** Whether it has to be waited for. */
  readonly full: boolean
  room(): Promise<void>
}

/** Before the oldest message of every root peer. */
const OLDEST = printCursor({ roots: [], chains: [] })

export class Feed {
  readonly #open: OpenRoom
  readonly #taker: Taker
  /** The app's own, on their way. */
  readonly #own = new Set<string>()
  #stop = new Stop()
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(open: OpenRoom, taker: Taker) {
    this.#open = open
    this.#taker = taker
  }

  /** Goes on where the profile left off, unless the app says at once from where it wants to read. */
  startSoon(): void {
    this.#timer = setTimeout(() => this.hurry(), workletLimits.syncMs)
  }

  /** Starts now, if it was to start soon. */
  hurry(): void {
    if (this.#timer !== null) this.#run({})
  }

  /** Begins anew, from a cursor or from a number at one root peer; the app's own included. */
  startFrom(from: string | number): void {
    this.#own.clear()
    this.#run({ from: from === 0 ? OLDEST : from })
  }

  /** The app has sent this. */
  sent(id: string): void {
    this.#own.add(id)
    if (this.#own.size <= workletLimits.ownMax) return
    for (const oldest of this.#own) return void this.#own.delete(oldest)
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#stop.now()
  }

  #run(from: ReadOptions): void {
    this.end()
    const stop = new Stop()
    this.#stop = stop
    this.#read(from, stop).catch((err: unknown) => {
      if (stop.aborted) return
      const { code, error } = failureOf(err)
      const { topic: roomTopic } = this.#open
      this.#taker.tell('error', { error, code, context: 'sync', roomTopic })
    })
  }

  async #read(from: ReadOptions, stop: Stop): Promise<void> {
    try {
      await this.#pass(from, stop)
    } catch (err) {
      // A number means nothing with several root peers: rather all than too little.
      const isNumber = typeof from.from === 'number'
      if (!isNumber || !(err instanceof RootPeerError) || err.code !== 'BAD_CURSOR') throw err
      await this.#pass({ from: OLDEST }, stop)
    }
  }

  async #pass(from: ReadOptions, signal: Stop): Promise<void> {
    for await (const item of this.#open.room.read({ ...from, follow: true, signal })) {
      if (signal.aborted) return
      if ('error' in item) this.#unreadable(item)
      else if (!this.#own.delete(item.id)) this.#taker.tell('message', this.#event(item))
      if (this.#taker.full) await this.#taker.room()
    }
  }

  #event(item: ReadMessage): MessageEvent {
    const { id, author, sentAt, index, root, storedAt, proven, fork, late } = item
    const { message, encrypted } = fromBody(item.body)
    return {
      roomTopic: this.#open.topic,
      peerPublicKey: hexOf(author),
      message,
      timestamp: sentAt,
      encrypted,
      fromRootPeer: root !== null,
      id,
      index,
      root,
      storedAt,
      proven,
      fork,
      late,
      ...(this.#open.cursors ? { cursor: item.cursor } : {})
    }
  }

  #unreadable({ root, index, error: err }: Unreadable): void {
    const { code, error } = failureOf(err)
    this.#taker.tell('unreadable', { roomTopic: this.#open.topic, root, index, code, error })
  }
}
