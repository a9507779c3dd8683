// Declares the encrypted stream and the multiplexer on it, of just what is called. Members with a
// leading underscore are internals: only the mux guard may touch them, and a test pins each one.

declare module '@hyperswarm/secret-stream' {
  import type { EventEmitter } from 'events'

  export interface KeyPair {
    publicKey: Uint8Array
    secretKey: Uint8Array
  }

  /** The UDX (or bridge) stream underneath; the address is absent on an in-memory bridge. */
  export interface RawStream extends EventEmitter {
    readonly remoteHost?: string | null
    readonly remotePort?: number
    readonly remoteFamily?: number
    readonly rtt?: number
    readonly destroyed: boolean
    pipe<T>(to: T): T
    destroy(error?: Error | null): void
  }

  export interface SecretStreamOptions {
    keyPair?: KeyPair
    remotePublicKey?: Uint8Array
    pattern?: 'XX' | 'IK'
    keepAlive?: number
    autoStart?: boolean
    /** One that was done elsewhere, as a DHT does it: its keys, and who the two are. */
    handshake?: Record<'tx' | 'rx' | 'hash' | 'publicKey' | 'remotePublicKey', Uint8Array>
  }

  export interface SecretStreamEvents {
    open: []
    connect: []
    handshake: []
    data: [data: Uint8Array]
    drain: []
    end: []
    finish: []
    error: [error: Error & { code?: string }]
    warning: [error: Error]
    close: []
  }

  export default class NoiseSecretStream extends EventEmitter<SecretStreamEvents> {
    /** Over a stream of your own, or `null` for an in-memory bridge to be piped: `a.rawStream.pipe(b.rawStream).pipe(a.rawStream)`. */
    constructor(isInitiator: boolean, rawStream?: unknown, options?: SecretStreamOptions)
    static keyPair(seed?: Uint8Array): KeyPair
    readonly noiseStream: this
    readonly isInitiator: boolean
    readonly rawStream: RawStream
    readonly publicKey: Uint8Array
    /** The other side's Noise key; set once the handshake is done (before that only for an initiator that named it). */
    readonly remotePublicKey: Uint8Array
    /** Equal on both sides and different on every connection: what a proof is bound to. `null` before the handshake. */
    readonly handshakeHash: Uint8Array | null
    readonly connected: boolean
    /** Resolves with false if the stream died before its handshake was done. Never rejects. */
    readonly opened: Promise<boolean>
    readonly rawBytesRead: number
    readonly rawBytesWritten: number
    readonly keepAlive: number
    readonly timeout: number
    readonly destroyed: boolean
    readonly destroying: boolean
    /** Whatever sits on the stream; Protomux puts itself here. */
    userData: unknown
    setTimeout(ms: number): void
    setKeepAlive(ms: number): void
    sendKeepAlive(): void
    flush(): Promise<boolean>
    /** False when the other side has to drain first. */
    write(data: Uint8Array | string): boolean
    end(data?: Uint8Array): this
    pause(): this
    resume(): this
    isPaused(): boolean
    /** Internal: bytes written and not yet taken by the stream underneath. */
    readonly _writableState: { readonly buffered: number }
    /** Internal: length of the encrypted frame that is being received. */
    readonly _len: number
    destroy(error?: Error | null): void
  }
}

declare module 'protomux' {
  import type { Encoder, State } from 'compact-encoding'
  import type NoiseSecretStream from '@hyperswarm/secret-stream'

  export interface Pairing {
    protocol: string
    id?: Uint8Array | null
  }

  export interface ChannelOptions<In, Out> extends Pairing {
    aliases?: string[]
    /** Default true: `createChannel` then gives null while one of the same protocol and id is open. */
    unique?: boolean
    handshake?: Encoder<In, Out> | null
    userData?: unknown
    onopen?: (handshake: Out, channel: Channel<In, Out>) => void | Promise<void>
    onclose?: (isRemote: boolean, channel: Channel<In, Out>) => void | Promise<void>
    ondestroy?: (channel: Channel<In, Out>) => void | Promise<void>
    ondrain?: (channel: Channel<In, Out>) => void | Promise<void>
  }

  export interface MessageOptions<In, Out> {
    encoding: Encoder<In, Out>
    /** Default true: replies are held back until the promise that `onmessage` returns settles. */
    autoBatch?: boolean
    onmessage?: (message: Out, channel: Channel) => void | Promise<void>
  }

  export interface Message<In, Out = In> {
    readonly type: number
    readonly encoding: Encoder<In, Out>
    onmessage: (message: Out, channel: Channel) => void | Promise<void>
    /** False when the stream must drain first, or the channel is closed; always true while corked. */
    readonly send: (message: In) => boolean
  }

  export class Channel<In = unknown, Out = unknown> {
    readonly protocol: string
    readonly id: Uint8Array | null
    readonly handshake: Out | null
    readonly opened: boolean
    readonly closed: boolean
    readonly destroyed: boolean
    readonly drained: boolean
    readonly messages: readonly Message<unknown>[]
    userData: unknown
    readonly _mux: Protomux
    readonly _localId: number
    readonly _remoteId: number
    /** Takes the next position; `null` leaves a hole. */
    addMessage<I, O = I>(options: MessageOptions<I, O>): Message<I, O>
    addMessage(hole: null): Message<Uint8Array>
    open(handshake?: In): void
    close(): void
    cork(): void
    uncork(): void
    fullyOpened(): Promise<boolean>
    fullyClosed(): Promise<void>
  }

  /** What the mux keeps of a channel that the other side opened; `session` is null until it is paired. */
  export interface RemoteChannel {
    state: State | null
    pending: { type: number; state: State }[] | null
    session: Channel | null
  }

  export default class Protomux {
    constructor(stream: NoiseSecretStream)
    static from(stream: NoiseSecretStream): Protomux
    static isProtomux(value: object): value is Protomux
    readonly isProtomux: true
    readonly stream: NoiseSecretStream
    readonly corked: number
    readonly drained: boolean
    cork(): void
    uncork(): void
    isIdle(): boolean
    opened(pairing: Pairing): boolean
    getLastChannel(pairing: Pairing): Channel | null
    pair(pairing: Pairing, notify: (id: Uint8Array | null) => void | Promise<void>): void
    unpair(pairing: Pairing): void
    /** Null for a duplicate channel and on a destroyed stream. */
    createChannel<In = undefined, Out = In>(
      options: ChannelOptions<In, Out>
    ): Channel<In, Out> | null
    destroy(error?: Error | null): void
    [Symbol.iterator](): IterableIterator<Channel>

    _remote: (RemoteChannel | null)[]
    _local: (Channel | null)[]
    _free: number[]
    _infos: Map<string, { opened: number; incoming: number[]; outgoing: number[]; pairing: number }>
    _remoteBacklog: number
    _buffered: number
    _destroying: boolean
    _ondata(buffer: Uint8Array): void
    _decode(remoteId: number, state: State): Promise<unknown> | null
    _oncontrolsession(type: number, state: State): Promise<unknown> | null
    _onbatch(state: State): void
    _onopensession(state: State): Promise<unknown> | null
    _onrejectsession(state: State): void
    _onclosesession(state: State): void
    _bufferMessage(remote: RemoteChannel, type: number, state: State): void
    _safeDestroy(error: unknown): void
    _safeDestroyBound: (error: unknown) => void
    _uncorkBound: () => void
    _warn(error: unknown): void
  }
}

declare module 'fast-fifo' {
  /** A queue whose both ends cost the same, whatever its length. */
  export default class FIFO<T> {
    readonly length: number
    push(value: T): void
    shift(): T | undefined
    peek(): T | undefined
    isEmpty(): boolean
    clear(): void
  }
}
