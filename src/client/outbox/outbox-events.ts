// What an outbox tells its room.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import type { StoredAt } from './receipt.ts'

export interface OutboxEvents {
  /** Sealed, and kept if there is a profile; nobody else was given it yet. */
  queued(entry: OutboxEntry, kept: boolean): void
  stored(entry: OutboxEntry, at: StoredAt): void
  refused(root: string, entry: OutboxEntry, error: RootPeerError): void
  /** This root holds up what others have stored, and there is no room: it is waited for no longer. */
  dropped(root: string): void
}
