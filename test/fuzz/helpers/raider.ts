// A raider: connections under keys of their own to one root, each with a way of its own of misbehaving,
// from bytes without sense to a granted member whose every other frame is forged.

import HyperDHT from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { guard } from '../../../src/protocol/guard.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { createRoomKey, ownerKeys } from '../../../src/protocol/keys.ts'
import { pullFrom, RawPeer } from '../../peers/helpers.ts'
import type { RawRoom } from '../../peers/helpers.ts'
import type { Dice } from './dice.ts'
import { Forge } from './forge.ts'
import { Saboteur } from './saboteur.ts'

/** How long an answer is waited for that may never come. */
const patienceMs = 300
const framesMax = 60

export class Raider {
  readonly #dht: HyperDHT
  readonly #root: Uint8Array
  /** Rooms that others have open too. */
  readonly #shared: readonly RoomKeys[]
  readonly #forge: Forge
  #own: RoomKeys = ownerKeys(createRoomKey())
  frames = 0
  connections = 0
  cutOff = 0

  constructor(dht: HyperDHT, root: Uint8Array, shared: readonly RoomKeys[], dice: Dice) {
    this.#dht = dht
    this.#root = root
    this.#shared = shared
    this.#forge = new Forge(dice)
  }

  /** One connection, from its dial to its end. */
  async raid(dice: Dice): Promise<void> {
    const stream = this.#dht.connect(this.#root, { keyPair: HyperDHT.keyPair() })
    stream.on('error', () => {})
    if (!(await within(stream.opened, 10_000))) return stream.destroy()
    this.connections++
    const forge = this.#forge.fork(dice)
    let ours = false
    stream.once('close', () => {
      if (!ours) this.cutOff++
    })
    if (dice.chance(0.15)) await this.#makeNoise(stream, forge, dice)
    else await this.#intrude(stream, forge, dice)
    ours = true
    if (dice.chance(0.5)) stream.end()
    stream.destroy()
  }

  async #makeNoise(stream: NoiseSecretStream, forge: Forge, dice: Dice): Promise<void> {
    stream.on('data', () => {})
    for (let i = dice.below(framesMax); i > 0 && !stream.destroying; i--) {
      stream.write(dice.chance(0.5) ? forge.noise() : forge.any())
      this.frames++
      if (dice.chance(0.2)) await settled(stream)
    }
  }

  async #intrude(stream: NoiseSecretStream, forge: Forge, dice: Dice): Promise<void> {
    const saboteur = new Saboteur(stream, {
      dice,
      forge,
      rate: dice.pick([0.05, 0.2, 0.6]),
      patience: dice.pick([0, 2, 2, 2, 10]),
      company: dice.pick([1, 3, 8])
    })
    const peer = await RawPeer.over(stream)
    // What the root answers to forged frames may make no sense to our own mux either.
    guard(peer.mux, {
      violated: () => stream.destroy(),
      receiving: () => {},
      strayed: () => {},
      uncorked: () => {}
    })
    try {
      peer.greet().catch(() => {})
      if (dice.chance(0.1)) this.#own = ownerKeys(createRoomKey())
      const keys = dice.chance(0.4) ? dice.pick(this.#shared) : this.#own
      const room = peer.open(keys)
      await within(Promise.race([room.granted, peer.closed]), patienceMs)
      for (let i = dice.below(framesMax); i > 0 && !stream.destroying; i--) {
        if (dice.chance(0.6)) saboteur.strike(dice.chance(0.7) ? forge.message() : forge.any())
        else act(peer, room, keys, dice)
        if (dice.chance(0.2)) await settled(stream)
      }
      await settled(stream)
    } catch {
      // The connection ended under our hands.
    }
    this.frames += saboteur.forged
  }
}

/** Something that an honest member does, now and then in the wrong order. */
function act(peer: RawPeer, room: RawRoom, keys: RoomKeys, dice: Dice): void {
  const stream = dice.below(4)
  switch (dice.below(7)) {
    case 0:
    case 1:
      room.append(
        Array.from({ length: 1 + dice.below(20) }, () => 'x'.repeat(dice.below(300))),
        { resume: dice.chance(0.5) }
      )
      return
    case 2:
      room.send.pull(
        pullFrom(dice.below(300), { stream, limit: 1 + dice.below(200), live: dice.chance(0.5) })
      )
      return
    case 3:
      room.send.more({ stream, limit: dice.below(200) })
      return
    case 4:
      room.send.stop({ stream })
      return
    case 5:
      room.send.broadcast(dice.bytes(dice.below(200)))
      return
    default:
      if (!dice.chance(0.3)) return
      room.close()
      peer.open(keys)
  }
}

/** Resolves once what was written is out, or the connection gone. */
async function settled(stream: NoiseSecretStream): Promise<void> {
  if (stream.destroying) return
  await within(
    stream.flush().catch(() => false),
    patienceMs
  )
}

/** What a promise gives, or null if it takes too long or is rejected. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
