// Makes a core's writes durable before anybody can see them. Owns the one place that touches the
// inside of a Hypercore's state; never decides when to sync.

import type Hypercore from 'hypercore'
import type { SessionState } from 'hypercore'
import type { Sync } from './sync.ts'

const durable = new WeakSet<SessionState>()

/**
 * From now on a write to this core ends with the shared sync. Length, signature, replicator and the
 * `append` event all come after the state's own `flush`, so none of them shows what a power cut could
 * still take away. The state is a new object each time a core is opened, hence: at each open.
 */
export function makeDurable(core: Hypercore, sync: Sync): void {
  const state = core.core.state
  if (durable.has(state)) return
  durable.add(state)
  const write = state.flush.bind(state)
  state.flush = async () => {
    if (sync.refusal !== null) throw sync.refusal
    const written = await write()
    if (written) await sync.request()
    return written
  }
}
