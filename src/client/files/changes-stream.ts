// One answer to a watch: changes as they come, at the pace of whoever takes them. The root is never allowed
// more entries ahead than a bound. Never opens what it gives.

import type { CoreKey, FolderHash } from '../../protocol/bytes.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { FileChanges, FilesReset } from '../../protocol/files-channel.ts'
import { clientLimits } from '../limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { FilesLink } from './files-link.ts'

/** What comes: entries, or that the index is another and they begin anew. */
export type StreamEvent = { changes: FileChanges } | { reset: FilesReset }

export class ChangesStream {
  readonly #link: FilesLink
  readonly #request: number
  readonly #events: StreamEvent[] = []
  readonly #signal: StopSignal | undefined
  readonly #onabort = (): void => this.stop()
  #over = false
  #failure: RootPeerError | null = null
  #wake: () => void = () => {}

  constructor(
    link: FilesLink,
    watch: { index: CoreKey | null; seq: number; folder: FolderHash | null; live: boolean },
    signal: StopSignal | undefined
  ) {
    this.#link = link
    this.#signal = signal
    signal?.addEventListener('abort', this.#onabort)
    const limit = clientLimits.changesAhead
    this.#request = link.ask(
      {
        changes: (changes) => this.#push({ changes }),
        reset: (reset) => this.#push({ reset }),
        failed: (error) => {
          this.#failure = error
          this.#wake()
        }
      },
      (send, request) => send.watch({ request, ...watch, limit })
    )
  }

  /** What comes next; null once it was stopped. Throws why the root ended it. */
  async next(): Promise<StreamEvent | null> {
    for (;;) {
      const event = this.#over ? undefined : this.#events.shift()
      if (event !== undefined) {
        const count = 'changes' in event ? event.changes.entries.length : 0
        const request = this.#request
        if (count > 0) this.#link.say((send) => send.more({ request, limit: count }))
        return event
      }
      if (this.#over) return null
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  stop(): void {
    this.#signal?.removeEventListener('abort', this.#onabort)
    if (this.#over) return
    this.#over = true
    const request = this.#request
    if (this.#failure === null) this.#link.say((send) => send.stop({ request }))
    this.#link.done(request)
    this.#wake()
  }

  #push(event: StreamEvent): void {
    this.#events.push(event)
    this.#wake()
  }
}
