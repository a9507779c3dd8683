// One answer to a question for content: parts as they come, at the pace of whoever takes them. The root is
// never allowed more ahead than a bound. Never opens what it gives.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { FilePart, FileWanted } from '../../protocol/files-channel.ts'
import { clientLimits } from '../limits.ts'
import type { FilesLink } from './files-link.ts'

export class Parts {
  readonly #link: FilesLink
  readonly #request: number
  #parts: FilePart[] = []
  /** Bytes that were taken, and that the root was not told of. */
  #taken = 0
  #end = false
  #failure: RootPeerError | null = null
  #wake: () => void = () => {}

  constructor(link: FilesLink, files: readonly FileWanted[]) {
    this.#link = link
    const limit = clientLimits.fileAheadBytes
    this.#request = link.ask(
      {
        chunks: ({ parts, end }) => {
          for (const part of parts) this.#parts.push(part)
          this.#end = end
          if (end) link.done(this.#request)
          this.#wake()
        },
        failed: (error) => {
          this.#failure = error
          this.#wake()
        }
      },
      (send, request) => send.get({ request, files, limit })
    )
  }

  /**
   * The next part; null when there are no more.
   *
   * @throws why the root refused, once what it gave before was taken; `UNAVAILABLE` if it went away.
   */
  async next(): Promise<FilePart | null> {
    for (;;) {
      const part = this.#parts.shift()
      if (part !== undefined) {
        this.#more(part.bytes.byteLength)
        return part
      }
      if (this.#failure !== null) throw this.#failure
      if (this.#end) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Nobody takes the rest. */
  stop(): void {
    if (this.#end || this.#failure !== null) return
    this.#link.say((send) => send.stop({ request: this.#request }))
    this.#link.done(this.#request)
    this.#end = true
    this.#parts = []
    this.#wake()
  }

  /** Half of what it may send ahead at a time, so that the root is not told of every part. */
  #more(bytes: number): void {
    this.#taken += bytes
    if (this.#end || this.#taken < clientLimits.fileAheadBytes / 2) return
    const limit = this.#taken
    this.#taken = 0
    this.#link.say((send) => send.more({ request: this.#request, limit }))
  }
}
