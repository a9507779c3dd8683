// A whole root peer in a process of its own, which checks what some of its peers send and lets others do
// as they like: each is what it is from its hello to its end. Says what processor time it has taken.

import { readFileSync } from 'node:fs'
import { Access } from '../../src/access/access.ts'
import { Purse } from '../../src/access/purse.ts'
import { Treasury } from '../../src/access/treasury.ts'
import { Visitor } from '../../src/access/visitor.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { PLENTY } from '../plenty.ts'
import { serve } from '../processes.ts'

/** Whom nobody charges. */
class Anybody extends Visitor {
  override charge(): number {
    return 0
  }

  override stored(): void {}

  override served(): void {}
}

/** What pays for a room without counting. */
class Bottomless extends Purse {
  override reserve(): null {
    return null
  }

  override settle(): void {}
}

let checks = true
let root: RootPeer | null = null

/** Has all that an object makes by a method from now on be what it is to be. */
function replace<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  wrap: (make: Owner[Name]) => Owner[Name]
): void {
  owner[name] = wrap(owner[name])
}

replace(
  Access.prototype,
  'enter',
  (enter) =>
    function (this: Access, ...who) {
      const visitor = enter.apply(this, who)
      return checks ? visitor : (Object.setPrototypeOf(visitor, Anybody.prototype) as Visitor)
    }
)
replace(
  Treasury.prototype,
  'pay',
  (pay) =>
    async function (this: Treasury, room) {
      const free = !checks
      const purse = await pay.call(this, room)
      return free ? (Object.setPrototypeOf(purse, Bottomless.prototype) as Purse) : purse
    }
)

serve({
  /** Starts with the quotas of a root that nobody has set up; only its pace is not in the way. */
  async start({ storage, bootstrap }: { storage: string; bootstrap: string[] }) {
    const { messagesPerSecond, bytesPerSecond, messagesPerDay, messagesPerRoom } = PLENTY
    const paces = { messagesPerSecond, bytesPerSecond, messagesPerDay, messagesPerRoom }
    root = new RootPeer({ host: '127.0.0.1', storage, bootstrap, ...paces })
    await root.ready()
    return { publicKey: formatKey(root.publicKey) }
  },
  /** Whether those who come from now on are checked. */
  checks(on: boolean) {
    checks = on
  },
  /** Processor time in microseconds: of every thread, and of the one that all messages go through. */
  cpu() {
    const { user, system } = process.cpuUsage()
    return { all: user + system, loop: loopUs() }
  },
  async close() {
    await root?.close()
  }
})

/** As Linux counts it; elsewhere it is not known. */
function loopUs(): number {
  try {
    const [ns] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
    return Number(ns) / 1000
  } catch {
    return NaN
  }
}
