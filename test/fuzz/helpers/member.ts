// One member's connection to a room, as the model needs it: everything that arrives in one row, streams
// kept apart, answers by frame.

import b4a from 'b4a'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { decodePage } from '../../../src/protocol/page.ts'
import { wireCode } from '../../../src/protocol/errors.ts'
import type { Head } from '../../../src/protocol/head.ts'
import type {
  Denied,
  Granted,
  Pages,
  Pull,
  Refused,
  RoomHello,
  RoomMessageName,
  RoomSenders,
  Stored
} from '../../../src/protocol/room-channel.ts'
import {
  addRoomMessages,
  clientRoomHandshake,
  ROOM_PROTOCOL
} from '../../../src/protocol/room-channel.ts'
import type { Retention } from '../../../src/protocol/retention.ts'
import type { Segment } from '../../../src/protocol/segments.ts'
import type { RawPeer } from '../../peers/helpers.ts'

const deadlineMs = 8000

export type Answer = { stored: Stored } | { refused: string }

/** What came on one stream. */
export interface StreamSeen {
  texts: string[]
  /** Number of each text. */
  numbers: number[]
  /** First numbers of the pages. */
  pages: number[]
  asides: string[]
  next: number
  end: boolean
  /** The newest head shown. */
  head: Head | null
}

export class Member {
  readonly granted: Granted
  readonly send: RoomSenders
  readonly #peer: RawPeer
  readonly #state: State

  static async enter(peer: RawPeer, keys: RoomKeys): Promise<Member> {
    await peer.greet()
    const state = new State()
    const channel = peer.mux.createChannel<RoomHello, null>({
      protocol: ROOM_PROTOCOL,
      id: keys.id,
      handshake: clientRoomHandshake,
      onclose: () => state.take('closed', null)
    })
    if (channel === null) throw new Error('the connection is gone')
    const names: RoomMessageName[] = [
      ...(['granted', 'denied', 'stored', 'refused', 'pages'] as const),
      ...(['gap', 'reset', 'presence', 'segments', 'retain', 'usage'] as const)
    ]
    const handlers = Object.fromEntries(
      names.map((name) => [name, (message: unknown) => state.take(name, message)])
    )
    const send = addRoomMessages(channel, handlers)
    channel.open({ proof: peer.prove(keys), pull: null })
    await state.until(() => state.granted !== null, 'granted')
    return new Member(peer, send, state)
  }

  private constructor(peer: RawPeer, send: RoomSenders, state: State) {
    this.#peer = peer
    this.send = send
    this.#state = state
    this.granted = state.granted as Granted
  }

  get segments(): readonly Segment[] {
    return this.#state.segments
  }

  async answer(frame: number): Promise<Answer> {
    await this.#state.until(() => this.#state.answers.has(frame), `an answer to frame ${frame}`)
    return this.#state.answers.get(frame) as Answer
  }

  /** As the owner; resolves when it holds. */
  async retain(retention: Retention): Promise<void> {
    const before = this.#state.retained
    this.send.retain(retention)
    await this.#state.until(() => this.#state.retained > before, 'what holds now')
  }

  /** The code with which the root closed this channel. */
  async denied(): Promise<string> {
    await this.#state.until(() => this.#state.closed, 'the end of the channel')
    return this.#state.denied ?? 'closed without a word'
  }

  pull(pull: Pull): StreamSeen {
    const seen: StreamSeen = {
      texts: [],
      numbers: [],
      pages: [],
      asides: [],
      next: 0,
      end: false,
      head: null
    }
    this.#state.streams.set(pull.stream, seen)
    this.send.pull(pull)
    return seen
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return this.#state.until(condition, what)
  }

  /** Ends the connection without a word. */
  async vanish(): Promise<void> {
    await this.#peer.vanish()
  }
}

class State {
  granted: Granted | null = null
  denied: string | null = null
  closed = false
  segments: readonly Segment[] = []
  /** How often it was told for how long messages are kept. */
  retained = 0
  readonly answers = new Map<number, Answer>()
  readonly streams = new Map<number, StreamSeen>()
  #waiting: { condition: () => boolean; resolve: () => void }[] = []

  take(name: RoomMessageName | 'closed', message: unknown): void {
    this.#note(name, message as never)
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true
      resolve()
      return false
    })
  }

  /** Resolves when this holds; rejects if that takes too long. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const stuck = (): void => reject(new Error(`${what} did not come; denied: ${this.denied}`))
      timer = setTimeout(stuck, deadlineMs)
    })
    const come = new Promise<void>((resolve) => this.#waiting.push({ condition, resolve }))
    await Promise.race([come, late]).finally(() => clearTimeout(timer))
  }

  #note(name: RoomMessageName | 'closed', message: never): void {
    if (name === 'granted') {
      this.granted = message
      this.segments = (message as Granted).segments
    } else if (name === 'segments') this.segments = message
    else if (name === 'retain') this.retained++
    else if (name === 'usage') return
    else if (name === 'denied') this.denied = wireCode((message as Denied).code)
    else if (name === 'closed') this.closed = true
    else if (name === 'stored') this.answers.set((message as Stored).frame, { stored: message })
    else if (name === 'refused') this.#noteRefused(message)
    else this.#noteStream(name, message)
  }

  #noteRefused({ frame, code }: Refused): void {
    this.answers.set(frame, { refused: wireCode(code) })
  }

  #noteStream(name: string, message: { stream: number }): void {
    const seen = this.streams.get(message.stream)
    if (seen === undefined) return // of a stream that was stopped
    if (name === 'gap') {
      const { from, to } = message as { stream: number; from: number; to: number }
      seen.asides.push(`gap ${from} to ${to}`)
    } else if (name === 'reset') {
      seen.asides.push(`reset ${(message as { stream: number; number: number }).number}`)
    } else if (name === 'pages') {
      const { pages, next, end, head } = message as unknown as Pages
      for (const { first, entries } of pages.map(decodePage)) {
        seen.pages.push(first)
        for (const { index, payload } of entries) {
          seen.numbers.push(index)
          seen.texts.push(b4a.toString(payload))
        }
      }
      seen.next = next
      seen.end = end
      seen.head = head ?? seen.head
    }
  }
}
