// What an app may ask of a room when it reads and sends, and what it gets at once.

import type { StopSignal } from './reading/reader-options.ts'
import type { Receipt } from './outbox/receipt.ts'

export interface ReadOptions {
  /**
   * A cursor, or the number of a message (with one root only). Without: where the profile left off, else
   * the oldest message kept.
   */
  from?: string | number
  /**
   * Go on with new messages as they come. Default: to the end, which only a root peer can tell: where none
   * is reached it waits for one, so use this or `signal` where there may be none.
   */
  follow?: boolean
  /** Ends the read quietly. */
  signal?: StopSignal
}

export interface SendOptions {
  /** Root peers that must have stored it before it counts as sent. Default 1. */
  acks?: number
}

/** A message that is on its way. */
export interface Posted {
  /** Its hash, in hex: its name everywhere. */
  id: string
  /** Settles as the promise of `send` does. */
  stored: Promise<Receipt>
}

/** A message that some root peer still lacks. */
export interface Unsent {
  id: string
  /** Milliseconds since 1970 by this client's clock. */
  sentAt: number
  body: Uint8Array
  /** Root peers that have stored it. */
  stored: number
}
