// The app's side of the pipe, as bytes: whole frames of bare-rpc that decode go on to it, everything else
// is refused and skipped, because bare-rpc gives up the pipe for one frame that does not decode, and
// holds whatever length a frame claims. Also knows when the app takes no more.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import { header, message } from 'bare-rpc/messages'
import type { Pipe } from './pipe.ts'
import { uint } from '../protocol/codec.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { tooLarge } from '../protocol/errors.ts'
import { badIpc } from './errors.ts'
import { workletLimits } from './limits.ts'

interface IpcEvents {
  data: [frame: Uint8Array]
  drain: []
  close: []
  error: [error: Error]
  /** A frame that was skipped; `request` is its number, if it was one that waits for an answer. */
  refused: [error: RootPeerError, request: number | null]
}

const REQUEST = 1
const RESPONSE = 2
const LENGTH_BYTES = 4
/** As much of a frame as says what it is. */
const HEAD_BYTES = 32

export class Ipc extends EventEmitter<IpcEvents> {
  readonly #stream: Pipe
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** What is left of a frame that is skipped. */
  #skip = 0
  #full = false
  #closed = false

  constructor(stream: Pipe) {
    super()
    this.#stream = stream
    stream.on('data', (chunk) => this.#take(chunk))
    stream.on('drain', () => this.#drained())
    // An app that dies may tear the pipe: that is an end like any other.
    stream.on('error', () => this.#close())
    stream.on('close', () => this.#close())
    stream.on('end', () => this.destroy())
  }

  /** Asked by bare-rpc before it writes. */
  get destroying(): boolean {
    return this.#closed
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed) return true
    const more = this.#stream.write(bytes)
    if (!more && !this.#full) {
      this.#full = true
      // An app that asks and does not listen would have us keep every answer.
      this.#stream.pause()
    }
    return more
  }

  /** Answers a request that bare-rpc was not given. */
  answer(request: number, reply: string): void {
    const data = b4a.from(reply)
    const response = { type: RESPONSE, id: request, stream: 0, error: null, data }
    const state = { start: 0, end: 0, buffer: b4a.alloc(0) }
    header.preencode(state, response)
    state.buffer = b4a.alloc(state.end)
    header.encode(state, response)
    this.write(b4a.concat([state.buffer, data]))
  }

  /** Resolves once the app takes more, or is gone. */
  async room(): Promise<void> {
    while (this.#full && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.once('drain', resolve)
        this.once('close', resolve)
      })
    }
  }

  /** Whether `room` would wait: asked for every message, so not a promise. */
  get full(): boolean {
    return this.#full
  }

  destroy(): void {
    this.#stream.destroy()
    this.#close()
  }

  #take(chunk: Uint8Array): void {
    let rest = chunk
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, rest.byteLength)
      this.#skip -= skipped
      rest = rest.subarray(skipped)
    }
    if (rest.byteLength === 0) return
    this.#chunks.push(rest)
    this.#bytes += rest.byteLength
    while (!this.#closed && this.#next()) continue
  }

  /** Deals with one frame; false if it has not come whole. */
  #next(): boolean {
    if (this.#bytes < LENGTH_BYTES) return false
    const length = lengthOf(this.#peek(LENGTH_BYTES))
    const whole = LENGTH_BYTES + length
    if (length > workletLimits.frameBytesMax) {
      if (length > workletLimits.frameSkipMax) return this.#lost()
      if (this.#bytes < HEAD_BYTES) return false
      this.#oversized(length)
      return this.#bytes > 0
    }
    if (this.#bytes < whole) return false
    const bytes = this.#joined()
    this.#keep(bytes.subarray(whole))
    this.#frame(bytes.subarray(0, whole))
    return this.#bytes > 0
  }

  #frame(frame: Uint8Array): void {
    try {
      const { type, stream } = message.decode(stateOf(frame))
      if (type !== REQUEST || stream !== 0) {
        return this.#refuse(badIpc('requests and events are spoken here, no streams'), frame)
      }
    } catch (err) {
      return this.#refuse(badIpc('a frame that does not decode', err), frame)
    }
    this.emit('data', frame)
  }

  #oversized(length: number): void {
    const bytes = this.#joined()
    const head = bytes.subarray(0, HEAD_BYTES)
    const whole = LENGTH_BYTES + length
    this.#skip = Math.max(0, whole - bytes.byteLength)
    this.#keep(bytes.subarray(Math.min(whole, bytes.byteLength)))
    this.#refuse(tooLarge('a frame in bytes', workletLimits.frameBytesMax, length), head)
  }

  // Nobody writes that much in one frame: this is no frame. Where the next one begins is not to be known;
  // most likely where the app's next write does.
  #lost(): false {
    this.#keep(b4a.alloc(0))
    this.emit('refused', badIpc('bytes that are no frame of bare-rpc'), null)
    return false
  }

  #refuse(error: RootPeerError, frame: Uint8Array): void {
    this.emit('refused', error, requestOf(frame))
  }

  #joined(): Uint8Array {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : b4a.concat(this.#chunks)
  }

  /** The first bytes of what has come. */
  #peek(length: number): Uint8Array {
    const first = this.#chunks[0] as Uint8Array
    if (first.byteLength >= length) return first
    this.#keep(this.#joined())
    return this.#chunks[0] as Uint8Array
  }

  #keep(bytes: Uint8Array): void {
    this.#chunks = bytes.byteLength > 0 ? [bytes] : []
    this.#bytes = bytes.byteLength
  }

  #drained(): void {
    this.#full = false
    this.#stream.resume()
    this.emit('drain')
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#keep(b4a.alloc(0))
    this.emit('close')
  }
}

function stateOf(bytes: Uint8Array): { start: number; end: number; buffer: Uint8Array } {
  return { start: 0, end: bytes.byteLength, buffer: bytes }
}

function lengthOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}

/** The number under which a request waits for an answer; null if that can't be told. */
function requestOf(frame: Uint8Array): number | null {
  const state = stateOf(frame)
  state.start = LENGTH_BYTES
  try {
    const type = uint.decode(state)
    const id = uint.decode(state)
    return type === REQUEST && id > 0 ? id : null
  } catch {
    return null
  }
}
