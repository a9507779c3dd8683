// An upload on one channel: what is said to the root, and what it answers. Keeps to its window; holds no
// chunk, and does not outlive the channel.

import b4a from 'b4a'
import type { PathKey } from '../../protocol/bytes.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { FileCommitted, FileEntry, FileReady } from '../../protocol/files-channel.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { FilesLink } from './files-link.ts'

export class UploadSession {
  readonly #link: FilesLink
  #request = 0
  #synced = 0
  /** What each chunk that is not answered weighs, in order. */
  readonly #weights: number[] = []
  #failure: RootPeerError | null = null
  #wake: () => void = () => {}
  #committed: FileCommitted | null = null

  constructor(link: FilesLink) {
    this.#link = link
  }

  begin(
    what: { key: PathKey; attempt: Uint8Array; size: number },
    synced: (chunks: number) => void
  ): Promise<FileReady> {
    return new Promise((resolve, reject) => {
      this.#request = this.#link.ask(
        {
          ready: (ready) => {
            this.#synced = ready.chunks
            resolve({ ...ready, hash: b4a.from(ready.hash) })
          },
          taken: ({ chunks }) => {
            const answered = this.#weights.splice(0, Math.max(0, chunks - this.#synced))
            this.#synced = Math.max(this.#synced, chunks)
            synced(this.#synced)
            this.#link.release(
              this.#request,
              answered.reduce((sum, each) => sum + each, 0)
            )
            this.#wake()
          },
          committed: (committed) => {
            this.#committed = committed
            this.#link.done(this.#request)
            this.#wake()
          },
          failed: (error) => {
            this.#failure = error
            reject(error)
            this.#wake()
          }
        },
        (send, request) => send.begin({ request, ...what })
      )
    })
  }

  async chunk({ index, bytes }: { index: number; bytes: Uint8Array }): Promise<void> {
    const weight = bytes.byteLength + wireLimits.fileOverheadBytes
    await this.#link.admit(weight)
    if (this.#failure !== null) throw this.#failure
    this.#weights.push(weight)
    this.#link.charge(this.#request, weight)
    const request = this.#request
    this.#link.say((send) => send.chunk({ request, index, bytes }))
  }

  /** Resolves once so many are synced. */
  taken(chunks: number): Promise<void> {
    return this.#until(() => this.#synced >= chunks)
  }

  async commit(what: { hash: Uint8Array; keep: number; entry: FileEntry }): Promise<FileCommitted> {
    const request = this.#request
    this.#link.say((send) => send.commit({ request, ...what }))
    await this.#until(() => this.#committed !== null)
    return this.#committed as FileCommitted
  }

  /** It is over, and not because of the root: what was sent is given up. */
  end(): void {
    if (this.#failure !== null || this.#committed !== null) return
    const request = this.#request
    this.#link.say((send) => send.stop({ request }))
    this.leave()
  }

  /** Nothing more is sent; the root keeps what it has for a while. */
  leave(): void {
    this.#link.done(this.#request)
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
