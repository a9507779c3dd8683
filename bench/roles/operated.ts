// A whole root peer with its operator's side, as the command runs it, in a process of its own. Says what
// processor time it has taken and how many messages it has stored, both as of one moment.

import pino from 'pino'
import { Operator } from '../../src/operator/operator.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { PLENTY } from '../plenty.ts'
import { serve } from '../processes.ts'

/** As of one moment. */
export interface Usage {
  /** Milliseconds of a clock that never jumps. */
  atMs: number
  /** Processor time of every thread, in microseconds. */
  cpuUs: number
  messages: number
}

let root: RootPeer | null = null
let operator: Operator | null = null

serve({
  /** Starts, with HTTP on a port of its own choice, and no statistics until they are asked for. */
  async start({ storage, bootstrap, log }: { storage: string; bootstrap: string[]; log: string }) {
    root = new RootPeer({ host: '127.0.0.1', storage, bootstrap, ...PLENTY })
    operator = await Operator.open({
      root,
      log: pino(pino.destination({ dest: log, sync: true })),
      http: { host: '127.0.0.1', port: 0, required: true },
      statsIntervalMs: 0,
      print: null,
      systemd: null
    })
    await root.ready()
    return { publicKey: formatKey(root.publicKey), port: operator.address?.port }
  },
  /** Time between two reports; 0: none. */
  report(statsIntervalMs: number) {
    operator?.reconfigure({ statsIntervalMs })
  },
  usage(): Usage {
    const { user, system } = process.cpuUsage()
    return { atMs: performance.now(), cpuUs: user + system, messages: root?.totals.messages ?? 0 }
  },
  async close() {
    await root?.close()
    await operator?.close()
  }
})
