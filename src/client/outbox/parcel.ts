// One entry on its way to one root.

import type FIFO from 'fast-fifo'
import type { Mark } from './debt.ts'
import type { OutboxEntry } from './outbox-entry.ts'

export interface Parcel {
  entry: OutboxEntry
  /** Where the log stood when it was first sent: it can't lie before. Null until then. */
  mark: Mark | null
  /** Found in the log: not to be sent any more. */
  struck: boolean
  /** For what is not the outbox's: told whether it was stored. */
  done?: (stored: boolean) => void
}

/** Takes all that is in a queue, in order. */
export function* drain(queue: FIFO<Parcel>): Generator<Parcel> {
  for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) yield parcel
}
