// Declares the RPC over a worklet's pipe, and Bare's pipes, of just what is called. The packages' own
// declarations need Bare's whole set of types, and one of a package that they do not bring.

declare module 'bare-rpc' {
  interface RpcStream {
    on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
    on(event: 'error', listener: (error: Error) => void): unknown
    on(event: 'drain' | 'close', listener: () => void): unknown
    write(bytes: Uint8Array): boolean
    destroy(error?: Error): unknown
  }

  export interface IncomingRequest {
    readonly command: number
    readonly data: Uint8Array | null
    /** An event has none. */
    reply?(data: string): void
  }

  export interface OutgoingRequest {
    send(data: string): void
    reply(): Promise<Uint8Array | null>
  }

  export default class RPC {
    constructor(stream: RpcStream, onrequest: (request: IncomingRequest) => void)
    event(command: number): { send(data: string): void }
    request(command: number): OutgoingRequest
  }
}

declare module 'bare-rpc/messages' {
  interface Message {
    type: number
    id: number
    stream: number
  }

  interface State {
    start: number
    end: number
    buffer: Uint8Array
  }

  /** All of a message but its data, which follows. */
  export const header: {
    preencode(state: State, message: Message & { error: null; data: Uint8Array }): void
    encode(state: State, message: Message & { error: null; data: Uint8Array }): void
  }

  /** Throws for what is no message; the frame must be whole. */
  export const message: { decode(state: State): Message }
}

declare module 'bare-pipe' {
  export default class BarePipe {
    /** Over a file descriptor that is a pipe or a socket. */
    constructor(descriptor: number)
    on(event: 'data', listener: (chunk: Uint8Array) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'drain' | 'end' | 'close', listener: () => void): this
    write(bytes: Uint8Array): boolean
    pause(): this
    resume(): this
    destroy(error?: Error): this
  }

  /** Listens on a path. */
  export function createServer(onconnection: (pipe: BarePipe) => void): {
    listen(path: string, onlistening: () => void): void
  }
}

/** Named by the declarations of Bare's streams and events, and brought by neither. */
declare module 'bare-abort-controller' {
  export interface AbortSignal {
    readonly aborted: boolean
  }
}
