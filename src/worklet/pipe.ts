// The pipe between app and worklet, as far as it is used: Bare Kit's is one on both sides, and so are
// Node's sockets and Bare's pipes.

/** The app's end. */
export interface AppPipe {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown
  /** False: the other side is slow, wait for `drain`. */
  write(bytes: Uint8Array): boolean
  destroy(error?: Error): unknown
}

/** The worklet's end. */
export interface Pipe extends AppPipe {
  /** Gives no more data until `resume`. */
  pause(): unknown
  resume(): unknown
}
