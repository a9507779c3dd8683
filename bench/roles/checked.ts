// A whole root peer in a process of its own, whose checks of who sends how much can be taken out and put
// back while nothing is on its way. Says what processor time it has taken.

import { Purse } from '../../src/access/purse.ts'
import { Visitor } from '../../src/access/visitor.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { PLENTY } from '../plenty.ts'
import { serve } from '../processes.ts'

/** All that a frame passes on its way, as it is, and as nothing. */
const visitor = Object.getOwnPropertyDescriptors(Visitor.prototype)
const purse = Object.getOwnPropertyDescriptors(Purse.prototype)
const anybody = { charge: () => 0, stored() {}, served() {} }
const bottomless = { reserve: () => null, settle() {} }

let root: RootPeer | null = null

serve({
  /** Starts with the quotas of a root that nobody has set up; only its pace is not in the way. */
  async start({ storage, bootstrap }: { storage: string; bootstrap: string[] }) {
    const { messagesPerSecond, bytesPerSecond, messagesPerDay, messagesPerRoom } = PLENTY
    const paces = { messagesPerSecond, bytesPerSecond, messagesPerDay, messagesPerRoom }
    root = new RootPeer({ host: '127.0.0.1', storage, bootstrap, ...paces })
    await root.ready()
    return { publicKey: formatKey(root.publicKey) }
  },
  /** False: what a frame passes does nothing and counts nothing. */
  checks(on: boolean) {
    if (on) {
      Object.defineProperties(Visitor.prototype, visitor)
      Object.defineProperties(Purse.prototype, purse)
    } else {
      Object.assign(Visitor.prototype, anybody)
      Object.assign(Purse.prototype, bottomless)
    }
  },
  /** Processor time of every thread, in microseconds. */
  cpuUs() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  async close() {
    await root?.close()
  }
})
