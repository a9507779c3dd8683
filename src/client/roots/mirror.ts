// A mirror of a room: its cores, kept whole by Hypercore's own replication over the connections there
// are. What is mirrored is sealed, and verified block by block against the root's signature.

import type Hypercore from 'hypercore'
import { mapKey } from '../../protocol/bytes.ts'
import type { CoreKey } from '../../protocol/bytes.ts'
import type { RoomLink } from './room-link.ts'

/** One core of a room at one root, as it is kept here. */
export interface MirroredCore {
  /** Key of the root, in z32. */
  root: string
  /** A plain Hypercore whose blocks are pages. */
  core: Hypercore
}

export class Mirror {
  readonly #open: (key: CoreKey) => Promise<Hypercore>
  readonly #cores = new Map<string, Promise<MirroredCore>>()
  readonly #off: (() => void)[] = []

  /** @param open gives the core of a key, in the client's own store. */
  constructor(open: (key: CoreKey) => Promise<Hypercore>) {
    this.#open = open
  }

  /** Every core that is mirrored, in no order. */
  cores(): Promise<MirroredCore[]> {
    return Promise.all(this.#cores.values())
  }

  /** Mirrors what one more root keeps of the room. */
  add(link: RoomLink): void {
    const ask = (): void => {
      link.open?.send.replicate({ on: true })
    }
    const attach = (): void => {
      this.#attach(link).catch(() => {}) // the store was closed meanwhile
    }
    link.on('granted', ask)
    link.on('segments', attach)
    link.on('replicate', attach)
    this.#off.push(() => {
      link.off('granted', ask)
      link.off('segments', attach)
      link.off('replicate', attach)
    })
    if (link.open !== null) ask()
  }

  async close(): Promise<void> {
    for (const off of this.#off.splice(0)) off()
    for (const { core } of await this.cores().catch(() => [])) await core.close()
  }

  async #attach(link: RoomLink): Promise<void> {
    for (const { coreKey } of link.open?.segments.all ?? []) {
      const { core } = await this.#core(link.root, coreKey)
      const mux = link.link.up?.mux
      if (mux !== undefined && !core.core.replicator.attached(mux)) core.replicate(mux)
    }
  }

  #core(root: string, key: CoreKey): Promise<MirroredCore> {
    const name = mapKey(key)
    let kept = this.#cores.get(name)
    if (kept === undefined) {
      kept = this.#open(key).then((core) => {
        core.download({ start: 0, end: -1 })
        return { root, core }
      })
      this.#cores.set(name, kept)
    }
    return kept
  }
}
