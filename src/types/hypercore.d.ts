// Declares hypercore, of just what is called. What is marked "internal" may change with any release:
// it is touched in one function each, and a test of ours pins it.

declare module 'hypercore' {
  import type { EventEmitter } from 'events'
  import type { Encoder } from 'compact-encoding'
  import type Protomux from 'protomux'
  import type NoiseSecretStream from '@hyperswarm/secret-stream'
  import type { KeyPair } from '@hyperswarm/secret-stream'
  import type { CorestoreOptions, CorestoreStorage, RocksDB } from 'corestore'

  export type Encoding<T = unknown> =
    Encoder<T> | 'binary' | 'utf-8' | 'utf8' | 'ascii' | 'hex' | 'base64' | 'json'

  export interface Signer {
    signature?: 'ed25519'
    namespace?: Uint8Array
    publicKey: Uint8Array
  }

  export interface Manifest {
    version: number
    hash?: 'blake2b'
    allowPatch?: boolean
    quorum?: number
    signers: Signer[]
    prologue?: { hash: Uint8Array; length: number } | null
    linked?: Uint8Array[] | null
    userData?: Uint8Array | null
  }

  export interface TreeNode {
    index: number
    size: number
    hash: Uint8Array
  }

  export interface ProofRequest {
    block?: { index: number; nodes: number } | null
    hash?: { index: number; nodes: number } | null
    seek?: { bytes: number; padding?: number } | null
    upgrade?: { start: number; length: number } | null
  }

  export interface Proof {
    fork: number
    block: { index: number; value: Uint8Array | null; nodes: TreeNode[] } | null
    hash: { index: number; nodes: TreeNode[] } | null
    seek: { bytes: number; nodes: TreeNode[] } | null
    upgrade: {
      start: number
      length: number
      nodes: TreeNode[]
      additionalNodes: TreeNode[]
      signature: Uint8Array
    } | null
    manifest: Manifest | null
  }

  /** What `verifyFullyRemote` has checked. */
  export interface VerifiedTree {
    readonly fork: number
    readonly length: number
    readonly byteLength: number
    readonly signature: Uint8Array | null
    readonly roots: TreeNode[]
    hash(): Uint8Array
    signable(manifestHash: Uint8Array): Uint8Array
  }

  export interface GetOptions {
    /** False: null for a block that is not here, instead of waiting for peers. */
    wait?: boolean
    timeout?: number
    valueEncoding?: Encoding
    raw?: boolean
  }

  export interface AppendOptions {
    maxLength?: number
    keyPair?: KeyPair
    signature?: Uint8Array
    /** Runs when the write is done and `length` has moved, before followers hear of it. */
    postappend?: (blocks: Uint8Array[]) => void | Promise<void>
  }

  export interface HypercoreOptions {
    key?: Uint8Array
    keyPair?: KeyPair
    manifest?: Manifest
    createIfMissing?: boolean
    overwrite?: boolean
    writable?: boolean
    valueEncoding?: Encoding
    wait?: boolean
    timeout?: number
    active?: boolean
    weak?: boolean
    snapshot?: boolean
  }

  export interface Replicator {
    readonly peers: {
      readonly remotePublicKey: Uint8Array
      readonly remoteLength: number
      readonly protomux: Protomux
      readonly channel: { close(): void }
    }[]
    attached(mux: Protomux): boolean
    attachTo(mux: Protomux): void
    detachFrom(mux: Protomux): void
  }

  /** Internal: a batch of reads. Ask first, then `tryFlush`, then await. */
  export interface CoreReader {
    getBlock(index: number): Promise<Uint8Array | null>
    getTreeNode(index: number): Promise<TreeNode | null>
    getHead(): Promise<{ fork: number; length: number } | null>
    tryFlush(): void
    destroy(): void
  }

  /** Internal: a batch of writes, atomic. */
  export interface CoreWriter {
    putUserData(key: string, value: Uint8Array): void
    deleteUserData(key: string): void
    flush(): Promise<boolean>
  }

  /** Internal: the storage of one core. */
  export interface CoreStorage {
    /** One session of the database that holds all cores of the store. */
    readonly db: RocksDB
    /** Where it is in the database. */
    readonly core: { readonly corePointer: number; readonly dataPointer: number }
    read(): CoreReader
    write(): CoreWriter
    createUserDataStream(range?: {
      gte?: string
      lt?: string
    }): AsyncIterable<{ key: string; value: Uint8Array }>
  }

  /** Internal: the state that every session of a core shares. */
  export interface SessionState {
    readonly storage: CoreStorage
    /** One write at a time: taken before `createWriteBatch`, given back by `_unlock`. */
    readonly mutex: { lock(): Promise<void> }
    readonly roots: TreeNode[]
    readonly fork: number
    readonly length: number
    readonly byteLength: number
    /** Of the newest length only, wrapped as multi-signature (68 bytes for one signer): ask `Verifier`; null while the core is empty. */
    readonly signature: Uint8Array | null
    hash(): Uint8Array
    isDefault(): boolean
    createWriteBatch(): CoreWriter
    _unlock(): void
    /** Writes the pending batch; the length, the signature and the replicator move only when it resolves. */
    flush(): Promise<boolean>
  }

  /** Internal: what the sessions of one core share; a new object each time the core is opened anew. */
  export interface Core {
    readonly state: SessionState
    readonly replicator: Replicator
    readonly header: { readonly manifest: Manifest | null; readonly keyPair: KeyPair | null }
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly opened: boolean
    readonly closed: boolean
    readonly closing: Promise<void> | null
    close(): Promise<void>
  }

  export interface HypercoreEvents {
    ready: []
    append: []
    truncate: [length: number, fork: number]
    'peer-add': [peer: unknown]
    'peer-remove': [peer: unknown]
    conflict: [length: number, fork: number, proof: unknown]
    close: []
  }

  export default class Hypercore extends EventEmitter<HypercoreEvents> {
    constructor(storage: unknown, options?: HypercoreOptions)
    constructor(storage: unknown, key: Uint8Array | null, options?: HypercoreOptions)
    /** The storage of a corestore, neither opened nor locked yet. */
    static defaultStorage(directory: string, options?: CorestoreOptions): CorestoreStorage
    static key(manifest: Manifest | Uint8Array): Uint8Array
    static discoveryKey(key: Uint8Array): Uint8Array
    static parseManifest(manifest: Uint8Array | Manifest, key?: Uint8Array): Manifest | null
    static createProtocolStream(
      stream: boolean | NoiseSecretStream,
      options?: { ondiscoverykey?: (discoveryKey: Uint8Array) => void | Promise<void> }
    ): NoiseSecretStream
    readonly core: Core
    readonly state: SessionState
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    /** The key in z32. */
    readonly id: string
    readonly keyPair: KeyPair | null
    readonly manifest: Manifest | null
    readonly length: number
    readonly byteLength: number
    readonly contiguousLength: number
    readonly fork: number
    readonly peers: Replicator['peers']
    readonly writable: boolean
    readonly readable: boolean
    readonly opened: boolean
    readonly closed: boolean
    readonly closing: Promise<void> | null
    ready(): Promise<void>
    close(options?: { error?: Error }): Promise<void>
    session(options?: HypercoreOptions): Hypercore
    snapshot(options?: HypercoreOptions): Hypercore
    append(
      blocks: Uint8Array | readonly Uint8Array[],
      options?: AppendOptions
    ): Promise<{ length: number; byteLength: number }>
    get(index: number, options?: GetOptions): Promise<Uint8Array | null>
    has(start: number, end?: number): Promise<boolean>
    update(options?: { wait?: boolean; force?: boolean }): Promise<boolean>
    clear(start: number, end?: number): Promise<unknown>
    truncate(length: number, options?: { fork?: number }): Promise<void>
    treeHash(length?: number): Promise<Uint8Array>
    signable(length?: number, fork?: number): Promise<Uint8Array>
    getManifest(options: { raw: true }): Uint8Array | null
    proof(request: ProofRequest): Promise<Proof>
    /** Throws when the proof does not hold under the core's manifest. */
    verifyFullyRemote(proof: Proof): Promise<VerifiedTree>
    applyProof(proof: Proof): Promise<boolean>
    replicate(mux: Protomux): Protomux
    replicate(stream: boolean | NoiseSecretStream, options?: object): NoiseSecretStream
    download(range?: { start?: number; end?: number; linear?: boolean }): {
      done(): Promise<boolean>
      destroy(): void
    }
    findingPeers(): () => void
    setUserData(key: string, value: Uint8Array): Promise<void>
    getUserData(key: string): Promise<Uint8Array | null>
    createReadStream(options?: { start?: number; end?: number }): AsyncIterable<Uint8Array>
    compact(): Promise<unknown>
  }
}

declare module 'hypercore/lib/messages.js' {
  import type { Encoder } from 'compact-encoding'
  import type { Manifest } from 'hypercore'

  const messages: { manifest: Encoder<Manifest> }
  export default messages
}

declare module 'hypercore/lib/caps.js' {
  const caps: {
    readonly DEFAULT_NAMESPACE: Uint8Array
    /** What the signer of a head signs; for a manifest of version 1 its first argument is the core's key. */
    treeSignable(
      manifestHash: Uint8Array,
      treeHash: Uint8Array,
      length: number,
      fork: number
    ): Uint8Array
  }
  export default caps
}

declare module 'hypercore/lib/verifier.js' {
  import type { Manifest } from 'hypercore'

  export interface Signable {
    readonly length: number
    readonly fork: number
    hash(): Uint8Array
    signable(manifestHash: Uint8Array): Uint8Array
  }

  export default class Verifier {
    static manifestHash(manifest: Manifest): Uint8Array
    static encodeManifest(manifest: Manifest): Uint8Array
    static decodeManifest(manifest: Uint8Array): Manifest
    static createManifest(manifest: Manifest | Uint8Array): Manifest
    static fromManifest(manifest: Manifest | Uint8Array): Verifier
    static isValidManifest(key: Uint8Array, manifest: Manifest): boolean
    readonly manifestHash: Uint8Array
    /** `signature` as a core's state has it. */
    verify(head: Signable, signature: Uint8Array): boolean
  }
}
