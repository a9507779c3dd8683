// The root peer of the bench: a whole one, in a process of its own.

import v8 from 'node:v8'
import { RootPeer } from '../../src/root-peer.ts'
import type { RootPeerConfig } from '../../src/root-peer.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { PLENTY } from '../plenty.ts'
import { serve } from '../processes.ts'

/** The engine's space for new objects at rest, and how long it is waited for. */
const SETTLED_BYTES = 2 * 1024 * 1024
const SETTLE_MS_MAX = 20_000

let root: RootPeer | null = null

serve({
  /** Starts, and says how long after the process began it was ready. */
  async start(config: RootPeerConfig) {
    root = new RootPeer({ host: '127.0.0.1', ...PLENTY, ...config })
    await root.ready()
    return { publicKey: formatKey(root.publicKey), readyMs: performance.now() }
  },
  /** Bytes resident, after what is garbage was collected. */
  memory() {
    global.gc?.()
    return process.memoryUsage().rss
  },
  /**
   * Bytes resident, after what is garbage was collected and the engine has given back what it had set
   * aside for more, which it does some seconds after it was last busy.
   */
  async settledMemory() {
    const until = performance.now() + SETTLE_MS_MAX
    global.gc?.()
    while (newSpaceBytes() > SETTLED_BYTES && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    global.gc?.()
    return process.memoryUsage().rss
  },
  /** The most bytes that were ever resident. */
  peak: () => process.resourceUsage().maxRSS * 1024,
  async close() {
    await root?.close()
  }
})

function newSpaceBytes(): number {
  const spaces = v8.getHeapSpaceStatistics()
  return spaces.find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
}
