// Native replication of cores of one room to one peer: Hypercore's own protocol, on the same mux. Never
// the whole store, and nothing that is not synced: a core's length moves only after its sync.

import type Hypercore from 'hypercore'
import type Protomux from 'protomux'

/** Cores that belong together, and stay open while they are held. */
export interface CoreSource {
  hold(): () => void
  /** All that there are by now. */
  cores(): Promise<readonly Hypercore[]>
}

export class Replication {
  readonly #mux: Protomux
  readonly #source: CoreSource
  readonly #cores = new Set<Hypercore>()
  readonly #release: () => void
  #ended = false

  constructor(mux: Protomux, source: CoreSource) {
    this.#mux = mux
    this.#source = source
    this.#release = source.hold()
  }

  /** Offers every core that there is by now; called again when a new one begins. */
  async offer(): Promise<void> {
    for (const core of await this.#source.cores()) {
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
