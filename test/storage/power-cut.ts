// What the test of the power cut and its writer agree on.

import b4a from 'b4a'

export interface CutReport {
  /** Blocks of each core whose append had resolved. */
  acknowledged: Record<string, number>
  /** Bytes of each log that were in it when its last finished sync began. */
  synced: Record<string, number>
  /** Names that the database's folder had when its last finished sync began. */
  named: string[]
  switches: number
}

export function blockOf(core: string, index: number): Uint8Array {
  return b4a.alloc(24 * 1024, `${core}, block ${index}; `)
}
