// The carrier to a root peer where the room was deleted: whatever it is given is refused for good, so that
// nobody waits for what can't come.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { Carrier } from './debt.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxEntry } from './outbox-entry.ts'

export class Refusal implements Carrier {
  readonly root: string
  readonly reachable = true
  readonly mark = null
  readonly #outbox: Outbox
  readonly #error: RootPeerError

  constructor(root: string, outbox: Outbox, error: RootPeerError) {
    this.root = root
    this.#outbox = outbox
    this.#error = error
  }

  // In a turn of its own: the outbox is in the middle of giving it to all.
  take(entry: OutboxEntry): void {
    queueMicrotask(() => this.#outbox.refused(this.root, entry, this.#error, true))
  }

  forget(): void {}
}
