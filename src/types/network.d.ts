// Declares hyperdht, its private test network and hyperswarm, of just what is called.

declare module 'hyperdht' {
  import type { EventEmitter } from 'events'
  import type NoiseSecretStream from '@hyperswarm/secret-stream'
  import type { KeyPair } from '@hyperswarm/secret-stream'

  export type { KeyPair }

  export interface Address {
    host: string
    port: number
  }

  export interface DHTOptions {
    /** `HOST:PORT`, or an address; none given means the public network. */
    bootstrap?: (string | Address)[] | false
    nodes?: Address[]
    host?: string
    port?: number
    anyPort?: boolean
    keyPair?: KeyPair
    seed?: Uint8Array
    ephemeral?: boolean
    firewalled?: boolean
    quickFirewall?: boolean
    connectionKeepAlive?: number | false
    randomPunchInterval?: number
    deferRandomPunch?: boolean
  }

  export interface ConnectOptions {
    keyPair?: KeyPair
    relayAddresses?: Address[]
    relayThrough?: Uint8Array | null
    reusableSocket?: boolean
    localConnection?: boolean
  }

  export interface ServerOptions {
    /** True refuses. Must be synchronous under hyperswarm: a promise is truthy. */
    firewall?: (remotePublicKey: Uint8Array, payload: unknown, address: Address) => boolean
    holepunch?: false | (() => boolean)
    shareLocalAddress?: boolean
    reusableSocket?: boolean
    handshakeClearWait?: number
  }

  export interface DHTPeer {
    publicKey: Uint8Array
    relayAddresses: Address[]
  }

  export interface LookupReply {
    token: Uint8Array | null
    from: Address & { id: Uint8Array | null }
    to: Address
    /** About 20 random announcers of the topic, as this one node knows them. */
    peers: DHTPeer[]
  }

  export interface QueryOptions {
    closestNodes?: Address[]
    onlyClosestNodes?: boolean
    retries?: number
  }

  /** A readable stream of replies; it errors when no node of the DHT answers. */
  export interface Query<Reply> extends EventEmitter, AsyncIterable<Reply> {
    readonly closestNodes: (Address & { id: Uint8Array | null })[]
    readonly destroyed: boolean
    finished(): Promise<void>
    destroy(error?: Error | null): void
  }

  export interface ServerEvents {
    connection: [stream: NoiseSecretStream]
    listening: []
    close: []
  }

  export class Server extends EventEmitter<ServerEvents> {
    readonly listening: boolean
    readonly closed: boolean
    readonly publicKey: Uint8Array | null
    readonly relayAddresses: Address[]
    listen(keyPair?: KeyPair): Promise<this>
    refresh(): void
    close(): Promise<void>
    address(): { publicKey: Uint8Array; host: string; port: number } | null
  }

  export interface DHTEvents {
    ready: []
    listening: []
    close: []
    persistent: []
    ephemeral: []
    wakeup: []
    'network-change': [interfaces: unknown]
    'network-update': []
    'nat-update': [host: string, port: number]
  }

  export default class HyperDHT extends EventEmitter<DHTEvents> {
    constructor(options?: DHTOptions)
    static bootstrapper(port: number, host: string, options?: DHTOptions): HyperDHT
    static keyPair(seed?: Uint8Array): KeyPair
    static hash(data: Uint8Array): Uint8Array
    static readonly BOOTSTRAP: readonly string[]
    readonly defaultKeyPair: KeyPair
    readonly bootstrapNodes: Address[]
    readonly listening: Set<Server>
    readonly host: string | null
    readonly port: number
    readonly online: boolean
    readonly degraded: boolean
    readonly bootstrapped: boolean
    readonly ephemeral: boolean
    readonly firewalled: boolean
    readonly randomized: boolean
    readonly suspended: boolean
    readonly destroyed: boolean
    connect(remotePublicKey: Uint8Array | string, options?: ConnectOptions): NoiseSecretStream
    createServer(onconnection?: (stream: NoiseSecretStream) => void): Server
    createServer(options: ServerOptions, onconnection?: (stream: NoiseSecretStream) => void): Server
    lookup(topic: Uint8Array, options?: QueryOptions): Query<LookupReply>
    announce(
      topic: Uint8Array,
      keyPair: KeyPair,
      relayAddresses?: Address[],
      options?: QueryOptions
    ): Query<LookupReply>
    unannounce(topic: Uint8Array, keyPair: KeyPair, options?: QueryOptions): Promise<void>
    findPeer(publicKey: Uint8Array, options?: QueryOptions): Query<{ peer: DHTPeer }>
    bind(): Promise<void>
    fullyBootstrapped(): Promise<void>
    address(): Address | null
    localAddress(): Address | null
    remoteAddress(): Address | null
    toArray(options?: { limit?: number }): Address[]
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(options?: { force?: boolean }): Promise<void>
  }
}

declare module 'hyperdht/testnet.js' {
  import type HyperDHT from 'hyperdht'
  import type { Address, DHTOptions } from 'hyperdht'

  export interface Testnet extends Iterable<HyperDHT> {
    readonly nodes: HyperDHT[]
    readonly bootstrap: Address[]
    createNode(options?: DHTOptions): HyperDHT
    destroy(): Promise<void>
  }

  export interface TestnetOptions {
    host?: string
    port?: number
    teardown?: (fn: () => Promise<void>, options?: { order?: number }) => void
  }

  /** Every node listens on 127.0.0.1 only, unless told otherwise. */
  export default function createTestnet(size?: number, options?: TestnetOptions): Promise<Testnet>
}

declare module 'hyperswarm' {
  import type { EventEmitter } from 'events'
  import type HyperDHT from 'hyperdht'
  import type { Address, KeyPair, Server } from 'hyperdht'
  import type NoiseSecretStream from '@hyperswarm/secret-stream'

  export interface PeerInfo extends EventEmitter {
    readonly publicKey: Uint8Array
    readonly relayAddresses: Address[] | null
    readonly topics: Uint8Array[]
    readonly client: boolean
    readonly server: boolean
    readonly attempts: number
    readonly banned: boolean
    ban(banned: boolean): void
    reconnect(reconnect: boolean): void
  }

  export interface JoinOptions {
    server?: boolean
    client?: boolean
    limit?: number
  }

  export interface PeerDiscovery {
    readonly topic: Uint8Array
    readonly destroyed: boolean
    /** False when no node of the DHT answered. */
    flushed(): Promise<boolean>
    /** False when no node of the DHT answered. */
    refresh(options?: JoinOptions): Promise<boolean>
    destroy(): Promise<void>
  }

  export interface HyperswarmOptions {
    keyPair?: KeyPair
    seed?: Uint8Array
    /** Ready-made; the swarm destroys it with itself. */
    dht?: HyperDHT
    bootstrap?: (string | Address)[]
    port?: number
    maxPeers?: number
    maxClientConnections?: number
    maxServerConnections?: number
    maxParallel?: number
    /** True refuses, and bans the key until restart. Must be synchronous. */
    firewall?: (remotePublicKey: Uint8Array, payload: unknown) => boolean
    backoffs?: number[]
    jitter?: number
    handshakeClearWait?: number
  }

  export interface HyperswarmEvents {
    connection: [stream: NoiseSecretStream, peer: PeerInfo]
    update: []
    ban: [peer: PeerInfo, error: Error]
  }

  export default class Hyperswarm extends EventEmitter<HyperswarmEvents> {
    constructor(options?: HyperswarmOptions)
    readonly keyPair: KeyPair
    readonly dht: HyperDHT
    readonly server: Server
    readonly connections: Set<NoiseSecretStream>
    readonly peers: Map<string, PeerInfo>
    readonly connecting: number
    readonly destroyed: boolean
    readonly suspended: boolean
    readonly listening: Promise<Server> | null
    maxPeers: number
    listen(): Promise<Server>
    join(topic: Uint8Array, options?: JoinOptions): PeerDiscovery
    leave(topic: Uint8Array): Promise<void>
    status(topic: Uint8Array): PeerDiscovery | null
    joinPeer(publicKey: Uint8Array): void
    leavePeer(publicKey: Uint8Array): void
    flush(): Promise<boolean>
    clear(): Promise<unknown>
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(options?: { force?: boolean }): Promise<void>
  }
}
