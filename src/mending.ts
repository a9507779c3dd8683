// What becomes of a store in trouble: its word passed on, and the store opened anew when there is room
// again. Never closes it for good.

import type { Store } from './storage/store.ts'
import { RootPeerError, rootFull, spaceAgain } from './protocol/errors.ts'

export interface MendingParts {
  /** Passes on what the store tells. */
  tell: {
    failed: (error: Error) => void
    /** For every peer: whether it takes appends from now on. */
    peers: (standing: RootPeerError) => void
    readOnly: (error: RootPeerError) => void
    writable: () => void
  }
  /** Closes what lives on the store, opens that anew, and goes on. */
  reopen: () => Promise<void>
  /** Whether a failure matters still. */
  closing: () => boolean
}

export function mend(store: Store, { tell, reopen, closing }: MendingParts): void {
  store.on('failed', tell.failed)
  store.on('read-only', (error) => {
    tell.peers(rootFull())
    tell.readOnly(error)
  })
  store.on('writable', () => {
    tell.peers(spaceAgain())
    tell.writable()
  })
  store.on('space', () => {
    reopen().catch((error: Error) => {
      // With too little room even for that, there will be another `space`.
      const full = error instanceof RootPeerError && error.code === 'DISK_FULL'
      if (!full && !closing()) tell.failed(error)
    })
  })
}
