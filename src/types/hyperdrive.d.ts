// Declares hyperdrive and hyperblobs, of just what tests and benches call: to measure against, and to
// show that they read what a root keeps.

declare module 'hyperdrive' {
  import type Corestore from 'corestore'

  export default class Hyperdrive {
    constructor(store: Corestore, key?: Uint8Array)
    readonly key: Uint8Array
    ready(): Promise<void>
    update(options?: { wait?: boolean }): Promise<boolean>
    put(path: string, content: Uint8Array): Promise<void>
    get(path: string): Promise<Uint8Array | null>
    list(folder: string): AsyncIterable<{ key: string }>
    close(): Promise<void>
  }
}

declare module 'hyperblobs' {
  import type Hypercore from 'hypercore'

  export interface BlobId {
    blockOffset: number
    blockLength: number
    byteOffset: number
    byteLength: number
  }

  export default class Hyperblobs {
    constructor(core: Hypercore)
    ready(): Promise<void>
    get(id: BlobId): Promise<Uint8Array | null>
    close(): Promise<void>
  }
}
