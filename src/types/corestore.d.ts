// Declares corestore and the RocksDB underneath, of just what is called. What is marked "internal"
// may change with any release: it is touched in one function each, and a test of ours pins it.

declare module 'corestore' {
  import type ReadyResource from 'ready-resource'
  import type Hypercore from 'hypercore'
  import type { Core, CoreStorage, HypercoreOptions } from 'hypercore'
  import type Protomux from 'protomux'
  import type NoiseSecretStream from '@hyperswarm/secret-stream'
  import type { KeyPair } from '@hyperswarm/secret-stream'

  export interface CompactOptions {
    exclusive?: boolean
    /** 0 none, 1 if there is a filter, 2 force, 3 force what is not optimal. */
    bottommostLevelCompaction?: number
    /** 0 default, 1 force, 2 disable. */
    blobGarbageCollectionPolicy?: number
    blobGarbageCollectionAgeCutoff?: number
  }

  /** Internal: RocksDB, one session of it. */
  export interface RocksDB {
    readonly path: string
    readonly opened: boolean
    readonly closed: boolean
    ready(): Promise<void>
    /** The log that is written to now; its path is below the folder of the database, such as `/000004.log`. */
    currentWalFile(): Promise<{ path: string; number: number; size: number }>
    /** Writes the memtables out as a file of their own. */
    flush(): Promise<void>
    compactRange(options?: CompactOptions): Promise<void>
    compactRange(
      start: Uint8Array | null,
      end: Uint8Array | null,
      options?: CompactOptions
    ): Promise<void>
    getProperty(name: string): Promise<string | null>
    approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>
    close(options?: { force?: boolean }): Promise<void>
  }

  /** Internal: what all cores of a store share. */
  export interface CorestoreStorage {
    readonly path: string
    readonly rocks: RocksDB
    /** The column family that holds everything of ours. */
    readonly db: RocksDB
    readonly version: number
    /** Holds the lock; its `ready` takes it and then checks for a copied folder. */
    readonly deviceFile: {
      readonly filename: string
      readonly lock: { close(): Promise<void> } | null
      ready(): Promise<void>
      close(): Promise<void>
    } | null
    readonly opened: boolean
    readonly closed: boolean
    ready(): Promise<void>
    hasCore(discoveryKey: Uint8Array): Promise<boolean>
    /** The storage of one core, without the core; null if it is not kept. */
    resumeCore(discoveryKey: Uint8Array): Promise<(CoreStorage & { close(): Promise<void> }) | null>
    /** Forgets a core and its data; not the name it was made under. */
    deleteCore(pointer: CoreStorage['core']): Promise<void>
    suspend(): Promise<void>
    resume(): Promise<void>
    close(): Promise<void>
    /** Called when an open fails; as it comes, it may delete the logs. */
    _maybeRecoverLater(error: unknown): void
  }

  export interface CorestoreOptions {
    primaryKey?: Uint8Array
    /** Must be true where a primary key is given. */
    unsafe?: boolean
    /** Do not write or check the file that tells a copied folder. */
    allowBackup?: boolean
    readOnly?: boolean
    wait?: boolean
    active?: boolean
    manifestVersion?: number
  }

  export interface GetCoreOptions extends HypercoreOptions {
    name?: string
    discoveryKey?: Uint8Array
    exclusive?: boolean
  }

  export default class Corestore extends ReadyResource {
    constructor(storage: string | CorestoreStorage, options?: CorestoreOptions)
    readonly storage: CorestoreStorage
    readonly primaryKey: Uint8Array | null
    readonly ns: Uint8Array
    /** Internal: the cores that are open now, by discovery key in hex. */
    readonly cores: Iterable<Core> & {
      readonly size: number
      readonly map: Map<string, Core>
      get(discoveryKey: Uint8Array | string): Core | null
    }
    get(options: GetCoreOptions | Uint8Array | string): Hypercore
    namespace(name: string | Uint8Array, options?: CorestoreOptions): Corestore
    session(options?: CorestoreOptions): Corestore
    /** Derived from the primary key: the same after every restart. */
    createKeyPair(name: string | Uint8Array, namespace?: Uint8Array): Promise<KeyPair>
    list(namespace?: Uint8Array): AsyncIterable<Uint8Array>
    replicate(stream: boolean | NoiseSecretStream | Protomux, options?: object): NoiseSecretStream
    suspend(): Promise<void>
    resume(): Promise<void>
  }
}
