// The root peer of the bench: a whole one, in a process of its own.

import fs from 'node:fs'
import { RootPeer } from '../../src/root-peer.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { serve } from '../processes.ts'

let root: RootPeer | null = null

serve({
  async start({ storage, bootstrap }: { storage: string; bootstrap: string[] }) {
    const began = process.hrtime.bigint()
    root = new RootPeer({ storage, bootstrap, host: '127.0.0.1' })
    await root.ready()
    const readyMs = Number(process.hrtime.bigint() - began) / 1e6
    return { publicKey: formatKey(root.publicKey), readyMs }
  },
  /** Bytes resident, after what is garbage was collected. */
  memory() {
    global.gc?.()
    return process.memoryUsage().rss
  },
  cpu() {
    return process.cpuUsage()
  },
  diskBytes({ storage }: { storage: string }) {
    const files = fs.readdirSync(storage, { recursive: true, withFileTypes: true })
    let bytes = 0
    for (const file of files) {
      if (file.isFile()) bytes += fs.statSync(`${file.parentPath}/${file.name}`).size
    }
    return bytes
  },
  async close() {
    await root?.close()
  }
})
