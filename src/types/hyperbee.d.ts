// Declares hyperbee, of just what is called.

declare module 'hyperbee' {
  import type ReadyResource from 'ready-resource'
  import type Hypercore from 'hypercore'
  import type { Encoding } from 'hypercore'

  export interface Entry<K, V> {
    seq: number
    key: K
    value: V
  }

  export interface Range<K> {
    gt?: K
    gte?: K
    lt?: K
    lte?: K
    reverse?: boolean
    limit?: number
  }

  export interface ReadOptions {
    wait?: boolean
    timeout?: number
    update?: boolean
  }

  export interface BatchOptions extends ReadOptions {
    /** Blocks of the core that it remembers. */
    maxBlocksCached?: number
  }

  export interface WriteOptions<K, V> {
    /** False leaves the entry as it is. */
    cas?: (previous: Entry<K, V>, next: Entry<K, V>) => boolean | Promise<boolean>
  }

  export interface HyperbeeOptions<K, V> {
    keyEncoding?: Encoding<K>
    valueEncoding?: Encoding<V>
    extension?: boolean
    readonly?: boolean
    metadata?: { contentFeed?: Uint8Array | null; userData?: Uint8Array | null } | null
  }

  interface Reader<K, V> {
    readonly version: number
    get(key: K, options?: ReadOptions): Promise<Entry<K, V> | null>
    getBySeq(seq: number, options?: ReadOptions): Promise<Entry<K, V> | null>
    peek(range?: Range<K>, options?: ReadOptions): Promise<Entry<K, V> | null>
    createReadStream(range?: Range<K>, options?: ReadOptions): AsyncIterable<Entry<K, V>>
  }

  export interface Batch<K, V> extends Reader<K, V> {
    ready(): Promise<void>
    lock(): Promise<void>
    put(key: K, value: V, options?: WriteOptions<K, V>): Promise<void>
    del(key: K, options?: WriteOptions<K, V>): Promise<void>
    /** One append for all of it. */
    flush(): Promise<void>
    close(): Promise<void>
  }

  export default class Hyperbee<K = Uint8Array, V = Uint8Array>
    extends ReadyResource
    implements Reader<K, V>
  {
    constructor(core: Hypercore, options?: HyperbeeOptions<K, V>)
    readonly core: Hypercore
    readonly version: number
    readonly writable: boolean
    get(key: K, options?: ReadOptions): Promise<Entry<K, V> | null>
    getBySeq(seq: number, options?: ReadOptions): Promise<Entry<K, V> | null>
    peek(range?: Range<K>, options?: ReadOptions): Promise<Entry<K, V> | null>
    put(key: K, value: V, options?: WriteOptions<K, V>): Promise<void>
    del(key: K, options?: WriteOptions<K, V>): Promise<void>
    batch(options?: BatchOptions): Batch<K, V>
    createReadStream(range?: Range<K>, options?: ReadOptions): AsyncIterable<Entry<K, V>>
    createHistoryStream(options?: {
      live?: boolean
      reverse?: boolean
      gte?: number
      limit?: number
    }): AsyncIterable<Entry<K, V> & { type: 'put' | 'del' }>
    sub<SK = K, SV = V>(
      prefix: string | Uint8Array,
      options?: HyperbeeOptions<SK, SV> & { sep?: Uint8Array }
    ): Hyperbee<SK, SV>
    snapshot(): Hyperbee<K, V>
    checkout(version: number): Hyperbee<K, V>
  }
}
