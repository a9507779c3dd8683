// Access over a store that a test has, and no rooms unless it gives some.

import { Access } from '../../src/access/access.ts'
import type { RootPeerConfig } from '../../src/config.ts'
import type { Ledger } from '../../src/access/payers.ts'
import type { Store } from '../../src/storage/store.ts'

/** Nobody has founded anything. */
export const emptyLedger: Ledger = {
  totals: { bytesKept: 0 },
  async *founded() {},
  useOf: () => Promise.resolve(null),
  watch: (room) => Promise.resolve(() => room.use)
}

export interface AccessTestOptions {
  config?: Partial<RootPeerConfig>
  ledger?: Ledger
  now?: () => number
}

export function openAccess(store: Store, options: AccessTestOptions = {}): Promise<Access> {
  const { config = {}, ledger = emptyLedger, now = Date.now } = options
  return Access.open(store, { config: { storage: store.directory, ...config }, ledger, now })
}
