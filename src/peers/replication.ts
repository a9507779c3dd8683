// Native replication of one room's cores to one peer: Hypercore's own protocol, on the same mux. Never
// the whole store, and nothing that is not synced: a core's length moves only after its sync.

import type Hypercore from 'hypercore'
import type Protomux from 'protomux'
import type { Log } from '../rooms/log.ts'

export class Replication {
  readonly #mux: Protomux
  readonly #log: Log
  readonly #cores = new Set<Hypercore>()
  readonly #release: () => void
  #ended = false

  constructor(mux: Protomux, log: Log) {
    this.#mux = mux
    this.#log = log
    this.#release = log.hold()
  }

  /** Offers every segment that there is by now; called again when a new one begins. */
  async offer(): Promise<void> {
    for (let i = 0; i < this.#log.segments.all.length; i++) {
      const { core } = await this.#log.core(i)
      if (this.#ended) return
      if (this.#cores.has(core)) continue
      this.#cores.add(core)
      core.replicate(this.#mux)
    }
  }

  /** Ends it: the peer is served nothing more of these cores. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#release()
    for (const core of this.#cores) {
      const { replicator } = core.core
      replicator.detachFrom(this.#mux)
      for (const peer of [...replicator.peers]) {
        if (peer.protomux === this.#mux) peer.channel.close()
      }
    }
    this.#cores.clear()
  }
}
