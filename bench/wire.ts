// A client with nothing on top: links and room channels of the client library, fed with payloads that
// were made before the clock starts. Measures the root and the wire, not the sealing.

import { once } from 'node:events'
import crypto from 'hypercore-crypto'
import type HyperDHT from 'hyperdht'
import { parsePeerKey } from '../src/protocol/bytes.ts'
import { randomBytes } from '../src/protocol/derive.ts'
import { createRoomKey, ownerKeys } from '../src/protocol/keys.ts'
import { pageSpan } from '../src/protocol/page.ts'
import type { Pages, Pull } from '../src/protocol/room-channel.ts'
import { weigh } from '../src/protocol/window.ts'
import { Network } from '../src/client/roots/network.ts'
import { RoomLink } from '../src/client/roots/room-link.ts'
import type { StreamUser } from '../src/client/roots/room-link.ts'
import { RootLink } from '../src/client/roots/root-link.ts'

export interface Target {
  bootstrap: string[]
  publicKey: string
}

/** A connection to the root of a bench. */
export class Wire {
  readonly network: Network
  readonly link: RootLink

  /** @param dht a node to share: one can hold thousands of connections. */
  constructor({ bootstrap, publicKey }: Target, dht?: HyperDHT) {
    const keyPair = crypto.keyPair()
    this.network = new Network({ keyPair, bootstrap, host: '127.0.0.1', dht })
    this.link = new RootLink(parsePeerKey(publicKey), this.network, { agent: 'bench', tickets: [] })
  }

  async open(): Promise<void> {
    this.link.on('error', () => {})
    this.link.setMaxListeners(0)
    const up = once(this.link, 'up')
    this.link.start()
    await up
  }

  /** A room, made from 32 bytes or anew. */
  async room(roomKey: Uint8Array = createRoomKey()): Promise<RoomLink> {
    const room = new RoomLink(this.link, ownerKeys(roomKey))
    const granted = once(room, 'granted')
    room.start()
    await granted
    return room
  }

  async close(): Promise<void> {
    this.link.close()
    await this.network.close()
  }
}

/** The key of a bench's room by its number: the same in every process. */
export function roomKeyOf(number: number): Uint8Array {
  return crypto.hash(Buffer.from(`bench room ${number}`))
}

/** Random bytes, cut into payloads; their content is nobody's business here. */
export function makePayloads(count: number, bytes: number): Uint8Array[] {
  const all = randomBytes(count * bytes)
  return Array.from({ length: count }, (_, i) => all.subarray(i * bytes, (i + 1) * bytes))
}

/** Sends through one room, within its window. */
export class Lane {
  readonly #room: RoomLink
  readonly #underway = new Map<number, number>()
  #frames: (readonly Uint8Array[])[] = []
  #frame = 0
  #next = 0
  #done: () => void = () => {}

  constructor(room: RoomLink) {
    this.#room = room
    room.on('stored', ({ frame }) => this.#stored(frame))
    room.on('refused', ({ detail }) => {
      throw new Error(detail)
    })
  }

  /** Resolves when all are stored. */
  send(frames: (readonly Uint8Array[])[]): Promise<void> {
    this.#frames = frames
    this.#next = 0
    return new Promise((resolve) => {
      this.#done = resolve
      this.#flush()
    })
  }

  #flush(): void {
    const { open, link } = this.#room
    if (open === null || link.up === null || this.#next === this.#frames.length) return
    const { mux } = link.up
    mux.cork()
    while (this.#next < this.#frames.length) {
      const payloads = this.#frames[this.#next] as readonly Uint8Array[]
      const weight = weigh(payloads)
      if (!open.window.take(weight)) break
      this.#next++
      this.#underway.set(this.#frame, weight)
      open.send.append({ frame: this.#frame++, resume: false, payloads })
    }
    mux.uncork()
  }

  #stored(frame: number): void {
    this.#room.open?.window.release(this.#underway.get(frame) ?? 0)
    this.#underway.delete(frame)
    if (this.#next < this.#frames.length) this.#flush()
    else if (this.#underway.size === 0) this.#done()
  }
}

/** Sends payloads over lanes in turn, `perFrame` at a time, as fast as the windows allow. */
export async function sendAll(
  lanes: readonly Lane[],
  payloads: readonly Uint8Array[],
  perFrame: number
): Promise<void> {
  const frames: Uint8Array[][] = []
  for (let i = 0; i < payloads.length; i += perFrame) frames.push(payloads.slice(i, i + perFrame))
  const shares = lanes.map((_, lane) => frames.filter((__, i) => i % lanes.length === lane))
  await Promise.all(lanes.map((lane, i) => lane.send(shares[i] as Uint8Array[][])))
}

/** Reads a room from its beginning until `messages` have come; looks at every page, opens none. */
export function readAll(room: RoomLink, messages: number, live = false): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0
    const user: StreamUser = {
      position: (): Omit<Pull, 'stream'> => ({
        coreKey: null,
        from: 0,
        limit: 0,
        live,
        head: null
      }),
      pages({ pages }: Pages) {
        for (const page of pages) count += pageSpan(page).count
        if (count >= messages) resolve()
      },
      gap: () => reject(new Error('gap')),
      reset: () => reject(new Error('reset')),
      cut: () => reject(new Error('cut'))
    }
    room.attach(user)
  })
}
