// One errand between two roots of a room: reads what one of them has, and brings the other what it lacks,
// as it is, in the first one's order. Only what a member has proven to have written. Gives way to whoever
// brings the same, and stops when it has done its share.

import b4a from 'b4a'
import type { MessageHash } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { decodePage } from '../../protocol/page.ts'
import { openMessage } from '../../protocol/payload.ts'
import type { Pages, Pull } from '../../protocol/room-channel.ts'
import type { Delivery } from '../outbox/delivery.ts'
import { KeyMemo } from '../reading/key-memo.ts'
import { clientLimits } from '../limits.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { Prover } from '../reading/prover.ts'
import type { Candidate } from '../reading/prover.ts'
import type { RoomLink, StreamUser } from './room-link.ts'
import type { Waits } from '../waits.ts'

export interface CourierOptions {
  keys: RoomKeys
  /** What it still holds is its own business. */
  outbox: Outbox
  waits: Waits
  /** How many are there whose turn is before ours. */
  ahead: () => number
  /** The way to the root that lacks. */
  delivery: Delivery
  from: RoomLink
  to: RoomLink
  /** Numbers of the first messages that are compared, at both. */
  begin: { from: number; to: number }
}

/** How an errand ended. */
export interface Outcome {
  /** Whether nothing is lacking any more, of what was compared. */
  whole: boolean
  /** Messages that were brought. */
  brought: number
}

/** A message on its way. */
interface Cargo extends Candidate {
  payload: Uint8Array
}

export class Courier {
  readonly #options: CourierOptions
  readonly #prover: Prover<Cargo>
  readonly #authors = new KeyMemo()
  readonly #chains = new KeyMemo()
  /** What the lacking root has, and what was sent there; whether it came from us and has not shown up. */
  readonly #there = new Map<string, boolean>()
  /** What our own outbox brings there itself. */
  readonly #own = new Set<string>()
  /** What it lacks, in order. */
  readonly #lacking = new Map<string, Cargo>()
  #lackingBytes = 0
  readonly #streams: { link: RoomLink; stream: number }[] = []
  #source: number | null = null
  /** Messages that the fuller root may still send. */
  #credit = 0
  #read = false
  #bringing = false
  #brought = 0
  #broughtBytes = 0
  /** How long it took at most until a frame was stored. */
  #slowestMs = 0
  /** Ends it, whatever it waits for. */
  #patience: ReturnType<typeof setTimeout> | null = null
  #pause: ReturnType<typeof setTimeout> | null = null
  #end: (outcome: Outcome) => void = () => {}
  #over = false

  constructor(options: CourierOptions) {
    this.#options = options
    this.#prover = new Prover(options.keys)
  }

  /** Never rejects. */
  run(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#end = resolve
      this.#patience = setTimeout(() => this.#finish(false), clientLimits.refillMs)
      this.#attach(this.#options.to, this.#destination)
    })
  }

  /** What is under way is stored all the same. */
  stop(): void {
    this.#finish(false)
  }

  /** Returns the stream; null if none is free. */
  #attach(link: RoomLink, user: StreamUser): number | null {
    const stream = link.attach(user)
    if (stream === null) this.#finish(false)
    else if (this.#over) link.detach(stream)
    else this.#streams.push({ link, stream })
    return stream
  }

  // All that the lacking root has, and what others bring meanwhile.
  readonly #destination: StreamUser = {
    position: (): Omit<Pull, 'stream'> | null => {
      const from = this.#options.begin.to
      return this.#over ? null : { coreKey: null, from, limit: 0, live: true, head: null }
    },
    pages: ({ pages, end }: Pages) => {
      for (const cargo of this.#open(pages)) if (cargo !== null) this.#met(cargo.id)
      if (this.#there.size > clientLimits.refillKnownMax) return this.#finish(false)
      if (end && this.#source === null && !this.#over) {
        for (const { ids } of this.#options.outbox.entries) for (const id of ids) this.#own.add(id)
        this.#source = this.#attach(this.#options.from, this.#origin)
      }
      this.#bring()
    },
    gap: () => {},
    reset: () => this.#finish(false),
    cut: () => this.#finish(false)
  }

  // The fuller root, up to where its log reaches when it is asked: what comes later its author brings.
  readonly #origin: StreamUser = {
    position: (): Omit<Pull, 'stream'> | null => {
      if (this.#over) return null
      this.#credit = clientLimits.refillAheadMessages
      const from = this.#options.begin.from
      return { coreKey: null, from, limit: this.#credit, live: false, head: null }
    },
    pages: ({ pages, end }: Pages) => {
      const entries = this.#open(pages)
      this.#credit -= entries.length
      const batch = entries.filter((cargo) => cargo !== null)
      const late = this.#prover.prove(batch)
      for (const cargo of late) this.#want(cargo)
      for (const cargo of batch) this.#want(cargo)
      if (end) this.#read = true
      this.#bring()
    },
    gap: () => {},
    reset: () => this.#finish(false),
    cut: () => this.#finish(false)
  }

  /** One for each entry, null for what is no message. */
  #open(pages: readonly Uint8Array[]): (Cargo | null)[] {
    return pages.flatMap((page) => {
      return decodePage(page).entries.map(({ payload }) => this.#cargo(payload))
    })
  }

  #cargo(payload: Uint8Array): Cargo | null {
    try {
      const message = openMessage(this.#options.keys, payload)
      const author = this.#authors.of(message.author)
      const chain = this.#chains.of(message.chain)
      return { message, id: mapKey(message.id), author, chain, proven: false, payload }
    } catch {
      return null // nobody misses it
    }
  }

  /** The lacking root has this one. If that is news, or it has it twice, somebody else brings the same. */
  #met(id: string): void {
    const ours = this.#there.get(id)
    this.#there.set(id, false)
    if (ours === true) return
    const wanted = this.#lacking.get(id)
    if (wanted !== undefined) this.#strike(wanted)
    if (wanted === undefined && (ours === undefined || this.#brought === 0)) return
    this.#yield()
  }

  // What is not proven may be so with what comes next: until then nobody says that a member wrote it.
  #want(cargo: Cargo): void {
    const { id, payload, proven } = cargo
    if (this.#there.has(id) || this.#lacking.has(id) || this.#own.has(id)) return
    cargo.payload = b4a.from(payload) // what it was cut out of is a whole message of pages
    if (!proven) return
    this.#lacking.set(id, cargo)
    this.#lackingBytes += payload.byteLength
  }

  #strike({ id, payload }: Cargo): void {
    if (this.#lacking.delete(id)) this.#lackingBytes -= payload.byteLength
  }

  /** Whose turn comes first goes on first, and the others see that it does. */
  #yield(): void {
    const { refillTurnsMax } = clientLimits
    const turn = Math.min(this.#options.ahead(), refillTurnsMax) + Math.random() / 2
    this.#hold((1 + turn) * this.#yieldMs)
  }

  /** Others see what we bring no sooner than we are told that it is stored. */
  get #yieldMs(): number {
    return Math.max(this.#options.waits.refillYieldMs, 2 * this.#slowestMs)
  }

  /** Brings nothing for so long. */
  #hold(ms: number): void {
    if (this.#pause !== null) clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = null
      this.#bring()
    }, ms)
  }

  /** One frame at a time, so that nobody's own messages wait for it. */
  #bring(): void {
    if (this.#over || this.#bringing) return
    this.#askMore()
    if (this.#lacking.size === 0) {
      if (this.#read) this.#finish(true)
      return
    }
    if (this.#pause !== null) return
    const { refillMessagesMax, refillBytesMax } = clientLimits
    if (this.#brought >= refillMessagesMax || this.#broughtBytes >= refillBytesMax) {
      return this.#finish(false)
    }
    void this.#bringOne()
  }

  async #bringOne(): Promise<void> {
    this.#bringing = true
    const first = this.#brought === 0
    const sentAt = Date.now()
    const stored = await this.#send(this.#load())
    this.#slowestMs = Math.max(this.#slowestMs, Date.now() - sentAt)
    this.#bringing = false
    if (!stored) return this.#finish(false)
    // Whoever began at the same time shows now.
    if (first && this.#pause === null) this.#hold(this.#yieldMs / 2)
    this.#bring()
  }

  #send(load: readonly Cargo[]): Promise<boolean> {
    for (const cargo of load) {
      this.#strike(cargo)
      this.#there.set(cargo.id, true)
      this.#brought++
      this.#broughtBytes += cargo.payload.byteLength
    }
    const [first] = load as [Cargo]
    return this.#options.delivery.bring({
      ids: load.map(({ message }): MessageHash => message.id),
      payloads: load.map(({ payload }) => payload),
      number: first.message.number,
      chain: first.message.chain
    })
  }

  // It ends with a message that is signed, where that can be: so it proves all that is in it, as the frames
  // of its authors did.
  #load(): Cargo[] {
    const { refillFrameMessages, refillFrameBytes, refillFirstMessages } = clientLimits
    const count = this.#brought === 0 ? refillFirstMessages : refillFrameMessages
    const load: Cargo[] = []
    let bytes = 0
    let signed = 0
    for (const cargo of this.#lacking.values()) {
      bytes += cargo.payload.byteLength
      const full = load.length >= count || bytes > refillFrameBytes
      if (full && (signed > 0 || load.length === wireLimits.frameMessagesMax)) break
      if (load.length > 0 && bytes > wireLimits.frameBytesMax) break
      load.push(cargo)
      if (cargo.message.signature !== null) signed = load.length
    }
    return signed > 0 ? load.slice(0, signed) : load
  }

  #askMore(): void {
    const { refillAheadMessages, refillAheadBytes } = clientLimits
    if (this.#source === null || this.#read || this.#credit > refillAheadMessages / 2) return
    if (this.#lackingBytes > refillAheadBytes) return
    const limit = refillAheadMessages - this.#credit
    this.#credit += limit
    this.#options.from.more(this.#source, limit)
  }

  #finish(whole: boolean): void {
    if (this.#over) return
    this.#over = true
    if (this.#pause !== null) clearTimeout(this.#pause)
    if (this.#patience !== null) clearTimeout(this.#patience)
    for (const { link, stream } of this.#streams) link.detach(stream)
    this.#end({ whole, brought: this.#brought })
  }
}
