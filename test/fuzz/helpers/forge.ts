// The forge: frames that no honest peer sends. Damaged ones made from honest ones, control frames of the
// mux with any numbers, batches of every kind, and messages of our channels that decode but make no sense.

import * as fc from 'fast-check'
import b4a from 'b4a'
import type { Codec } from '../../../src/protocol/codec.ts'
import { encode, uint } from '../../../src/protocol/codec.ts'
import { clientControlHandshake } from '../../../src/protocol/control.ts'
import { clientRoomHandshake, roomMessages } from '../../../src/protocol/room-channel.ts'
import { controlHello, roomHello, roomValues } from './arbitraries.ts'
import type { Dice } from './dice.ts'

interface RoomMessage {
  position: number
  bytes: Uint8Array
}

const KiB = 1024
/** Honest frames that are kept to splice from. */
const memoryMax = 64
const positionsMax = 20

const number = (value: number): Uint8Array => encode(uint, value)
const sized = (bytes: Uint8Array): Uint8Array => b4a.concat([number(bytes.byteLength), bytes])

/** What a forge works with: legal messages of the room channel, and handshakes of ours. */
interface Stock {
  messages: readonly RoomMessage[]
  handshakes: readonly Uint8Array[]
}

export class Forge {
  readonly #dice: Dice
  readonly #stock: Stock
  readonly #seen: Uint8Array[] = []

  constructor(dice: Dice, stock: Stock = stocked(dice)) {
    this.#dice = dice
    this.#stock = stock
  }

  /** Another one with the same stock, for another connection. */
  fork(dice: Dice): Forge {
    return new Forge(dice, this.#stock)
  }

  /** Takes note of an honest frame. */
  see(frame: Uint8Array): void {
    const place = this.#seen.length < memoryMax ? this.#seen.length : this.#dice.below(memoryMax)
    this.#seen[place] = b4a.from(frame)
  }

  /** A frame with no sense to it at all. */
  noise(): Uint8Array {
    const dice = this.#dice
    const length = dice.chance(0.02) ? dice.below(64 * KiB) : dice.below(64)
    return dice.bytes(length)
  }

  /** An honest frame, damaged in one way or several. */
  damaged(frame: Uint8Array): Uint8Array {
    let bytes: Uint8Array = b4a.from(frame)
    for (let hits = 1 + this.#dice.below(3); hits > 0; hits--) bytes = this.#damage(bytes)
    return bytes
  }

  /** Any forged frame. */
  any(): Uint8Array {
    const dice = this.#dice
    const roll = dice.next()
    if (roll < 0.45) return this.message()
    if (roll < 0.6) return this.damaged(dice.pick(this.#seen) ?? this.noise())
    if (roll < 0.7) return this.#control()
    if (roll < 0.75) return this.noise()
    return this.#batch(0)
  }

  /** A message of the room channel, legal or nearly, on one of the first channels. */
  message(): Uint8Array {
    const dice = this.#dice
    const { position, bytes } = dice.pick(this.#stock.messages)
    const body = dice.chance(0.15) ? this.#damage(b4a.from(bytes)) : bytes
    const at = dice.chance(0.05) ? dice.below(positionsMax) : position
    return b4a.concat([number(1 + dice.below(3)), number(at), body])
  }

  #damage(bytes: Uint8Array): Uint8Array {
    const dice = this.#dice
    const at = dice.below(bytes.byteLength + 1)
    const before = bytes.subarray(0, at)
    const after = bytes.subarray(at)
    switch (dice.below(7)) {
      case 0: // flip a bit
        if (at < bytes.byteLength) bytes[at] = (bytes[at] as number) ^ (1 << dice.below(8))
        return bytes
      case 1: // cut the end
        return before
      case 2: // cut some out
        return b4a.concat([before, after.subarray(dice.below(8))])
      case 3: // insert
        return b4a.concat([before, dice.bytes(1 + dice.below(12)), after])
      case 4: // double a part
        return b4a.concat([bytes, after])
      case 5: {
        // splice with another
        const other = dice.pick(this.#seen) ?? bytes
        return b4a.concat([before, other.subarray(dice.below(other.byteLength + 1))])
      }
      default: // a lie about a number
        return b4a.concat([before, this.#lie(), after.subarray(1)])
    }
  }

  #lie(): Uint8Array {
    const dice = this.#dice
    if (dice.chance(0.3)) return b4a.from([0xff, ...dice.bytes(8)])
    return number(dice.pick([0, 0xff, 0xffff, 0x7fffffff, 0xffffffff, Number.MAX_SAFE_INTEGER]))
  }

  #id(): Uint8Array {
    const dice = this.#dice
    return dice.chance(0.1) ? this.#lie() : number(dice.below(5))
  }

  /** Open, reject, close, and what the mux does not know. */
  #control(): Uint8Array {
    const dice = this.#dice
    const zero = b4a.alloc(1)
    switch (dice.below(4)) {
      case 0: {
        const name = dice.pick(['root-peer/control', 'root-peer/room', 'hypercore/alpha', '', 'x'])
        const id = dice.chance(0.7) ? dice.bytes(dice.pick([0, 16, 32, 32, 32, 33])) : null
        const parts = [zero, number(1), this.#id(), sized(b4a.from(name))]
        parts.push(id === null ? zero : sized(id), dice.pick(this.#stock.handshakes))
        return b4a.concat(parts)
      }
      case 1:
        return b4a.concat([zero, number(2), this.#id()])
      case 2:
        return b4a.concat([zero, number(3), this.#id()])
      default:
        return b4a.concat([zero, number(4 + dice.below(9)), dice.bytes(dice.below(20))])
    }
  }

  /** A batch: of messages, of other batches, of very many, or of lengths that are not so. */
  #batch(depth: number): Uint8Array {
    const dice = this.#dice
    const start = b4a.alloc(2)
    const roll = dice.next()
    if (roll < 0.04 && depth === 0) return nested(2 + dice.below(50))
    if (roll < 0.08 && depth === 0) return nested(4000 + dice.below(8000))
    if (roll < 0.12 && depth === 0) {
      const count = dice.below(20_000)
      return b4a.concat([
        start,
        number(1),
        ...Array.from({ length: count }, () => b4a.from([1, 9]))
      ])
    }
    const parts = [start, this.#id()]
    for (let i = dice.below(6); i >= 0; i--) {
      if (dice.chance(0.1)) parts.push(number(0), this.#id())
      const nest = depth === 0 && dice.chance(0.04)
      const inner = nest ? this.#batch(1).subarray(1) : this.message().subarray(1)
      parts.push(dice.chance(0.05) ? this.#lie() : number(inner.byteLength), inner)
    }
    return b4a.concat(parts)
  }
}

function stocked(dice: Dice): Stock {
  const sample = <T>(value: fc.Arbitrary<T>): T[] =>
    fc.sample(value, { numRuns: 200, seed: dice.below(0x7fffffff) })
  const messages = Object.entries(roomMessages).flatMap(([name, { position, codec }]) =>
    sample(roomValues[name] ?? fc.constant(null)).map((value) => {
      return { position, bytes: encode(codec as unknown as Codec<unknown>, value) }
    })
  )
  const handshakes = [
    ...sample(controlHello).map((each) => encode(clientControlHandshake, each)),
    ...sample(roomHello).map((each) => encode(clientRoomHandshake as Codec<unknown>, each)),
    b4a.alloc(5000)
  ]
  return { messages, handshakes }
}

/** Batches in batches, as deep as this. */
function nested(depth: number): Uint8Array {
  let length = 1
  const parts: Uint8Array[] = [b4a.from([0])]
  for (let i = 0; i < depth; i++) {
    const head = b4a.concat([b4a.from([0, 0]), number(length)])
    parts.push(head)
    length += head.byteLength
  }
  return b4a.concat([b4a.from([0]), ...parts.toReversed()])
}
