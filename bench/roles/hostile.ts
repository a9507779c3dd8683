// Peers that mean harm, many in one process: half frames, floods, and readers that never read. Each
// dials again when it is cut off.

import { once } from 'node:events'
import HyperDHT from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { randomBytes } from '../../src/protocol/derive.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { serve } from '../processes.ts'
import { roomKeyOf, Wire } from '../wire.ts'
import type { Target } from '../wire.ts'

/** Bytes of a frame that the half-framers send of what they announced. */
const HALF_BYTES = 1024 * 1024
const GARBAGE_FRAMES = 100
const RESETS = 50
const REDIAL_MS = 2000
/** How long a dial may take before it is given up. */
const PATIENCE_MS = 15_000
/** Between one of each kind and the next. */
const PACE_MS = 20

type Harm = (wire: Wire, stream: NoiseSecretStream) => Promise<void> | void

/** The greatest frame that is allowed, begun and never ended. */
const half: Harm = (_, stream) => {
  const raw = stream.rawStream as unknown as { write(bytes: Uint8Array): boolean }
  const length = wireLimits.streamFrameBytesMax - 1
  raw.write(Uint8Array.of(length & 255, (length >>> 8) & 255, length >>> 16))
  raw.write(new Uint8Array(HALF_BYTES))
}

/** Noise, and opens of what nobody serves. */
const flood: Harm = ({ link }, stream) => {
  for (let i = 0; i < GARBAGE_FRAMES; i++) {
    link.up?.mux.createChannel({ protocol: `nobody/${i}` })?.open()
  }
  for (let i = 0; i < GARBAGE_FRAMES && !stream.destroyed; i++) {
    stream.write(randomBytes(1 + Math.floor(Math.random() * 1000)))
  }
}

/** Every stream of rooms full of history at once, and nothing of it is read. */
const hoard =
  (rooms: readonly number[]): Harm =>
  async (wire, stream) => {
    const opened = await Promise.all(rooms.map((number) => wire.room(roomKeyOf(number))))
    stream.pause()
    const pull = { coreKey: null, from: 0, limit: 0, live: true, head: null }
    for (const { open } of opened) {
      for (let id = 0; id < wireLimits.streamsMax; id++) open?.send.pull({ stream: id, ...pull })
      // And what is answered at once, without a look at the disk.
      for (let i = 0; i < RESETS; i++) open?.send.pull({ stream: 0, ...pull, from: 1e9 })
    }
  }

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const end = new AbortController()
let reached = 0
let cutOff = 0

/** Connects, does harm, and begins anew when it is thrown out. */
async function haunt(target: Target, dht: HyperDHT, harm: Harm): Promise<void> {
  while (!end.signal.aborted) {
    const wire = new Wire(target, dht)
    await Promise.race([wire.open(), pause(PATIENCE_MS)])
    const stream = wire.link.up?.mux.stream
    if (stream !== undefined) {
      const down = once(wire.link, 'down')
      reached++
      await Promise.race([harm(wire, stream), down])
      await down
      cutOff++
    }
    await wire.close()
    await pause(REDIAL_MS * (0.5 + Math.random()))
  }
}

serve({
  /** So many of each kind; resolves when all have set out. */
  async attack({ each, rooms, ...target }: Target & { each: number; rooms: number[] }) {
    // For them a root that cut them off is no mishap.
    process.on('unhandledRejection', () => {})
    const dht = new HyperDHT({ bootstrap: target.bootstrap, host: '127.0.0.1' })
    const harms = [half, flood, hoard(rooms)]
    for (let i = 0; i < each; i++) {
      for (const harm of harms) void haunt(target, dht, harm)
      await pause(PACE_MS)
    }
  },
  state: () => ({ reached, cutOff }),
  stop() {
    end.abort()
  }
})
