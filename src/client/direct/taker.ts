// What one member gives us in one room: bounded by a window, at a pace that one member may cost us, each
// frame checked before anybody is shown it. Whatever breaks a rule is thrown at the connection.

import b4a from 'b4a'
import type { MessageHash, PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { DirectSenders, Pass } from '../../protocol/direct-channel.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import { unexpected, windowOverrun } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { weigh, Window } from '../../protocol/window.ts'
import { clientLimits } from '../limits.ts'
import { Allowance } from './allowance.ts'
import { Credentials } from './credentials.ts'

/** Where it goes. */
export interface Desk {
  readonly keys: RoomKeys
  /** Whether a frame came before; its name says from whom. */
  knows(name: string): boolean
  took(name: string, payloads: readonly Uint8Array[]): void
  heard(sealed: Uint8Array): void
}

interface Task {
  cost: number
  run: () => void
}

export class Taker {
  readonly #desk: Desk
  /** Stands before every name: what one member says of a frame is nothing to another's. */
  readonly #peer: string
  readonly #send: DirectSenders
  /** Ends the connection. */
  readonly #violated: (err: RootPeerError) => void
  readonly #credentials: Credentials
  readonly #window = new Window(clientLimits.directWindowBytes)
  readonly #allowance = new Allowance(clientLimits.directBytesPerSecond, 2)
  readonly #broadcasts = new Allowance(clientLimits.directBroadcastBytesPerSecond, 2)
  /** In turn; the window bounds it. */
  readonly #tasks: Task[] = []
  #offered = false
  #timer: ReturnType<typeof setTimeout> | null = null

  /** @param peer the member's Noise key. */
  constructor(
    peer: PeerKey,
    {
      desk,
      send,
      violated
    }: { desk: Desk; send: DirectSenders; violated: (err: RootPeerError) => void }
  ) {
    this.#peer = mapKey(peer)
    this.#desk = desk
    this.#send = send
    this.#violated = violated
    this.#credentials = new Credentials(desk.keys)
  }

  /** Throws `WINDOW_OVERRUN`, `BAD_FRAME`. */
  pass({ frame, payloads }: Pass): void {
    const weight = weigh(payloads)
    if (!this.#window.take(weight)) throw windowOverrun(this.#window.bytesMax)
    this.#do(weight + payloads.length * clientLimits.directMessageBytes, () => {
      const name = this.#peer + this.#credentials.nameOf(payloads)
      if (!this.#desk.knows(name)) {
        this.#credentials.check(payloads)
        this.#desk.took(name, payloads)
      }
      this.#window.release(weight)
      this.#send.received({ frame })
    })
  }

  /** Throws `UNEXPECTED` for an offer before the last was answered. */
  offer(ids: readonly MessageHash[]): void {
    if (this.#offered) throw unexpected('an offer before the last was answered')
    this.#offered = true
    this.#do(ids.length * 32 + clientLimits.directMessageBytes, () => {
      const places: number[] = []
      for (const [place, id] of ids.entries()) {
        if (!this.#desk.knows(this.#peer + mapKey(id))) places.push(place)
      }
      this.#offered = false
      this.#send.wanted({ places })
    })
  }

  /** Worth nothing later: one too many is dropped. */
  broadcast(sealed: Uint8Array): void {
    const cost = sealed.byteLength + clientLimits.directBroadcastBytes
    if (this.#broadcasts.take(cost) === 0) this.#desk.heard(b4a.from(sealed))
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#tasks.length = 0
  }

  #do(cost: number, run: () => void): void {
    this.#tasks.push({ cost, run })
    if (this.#timer === null) this.#work()
  }

  #work(): void {
    for (let task = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
      const wait = this.#allowance.take(task.cost)
      if (wait > 0) return this.#workLater(wait)
      this.#tasks.shift()
      task.run()
    }
  }

  #workLater(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      try {
        this.#work()
      } catch (err) {
        this.#violated(err as RootPeerError)
      }
    }, ms)
  }
}
