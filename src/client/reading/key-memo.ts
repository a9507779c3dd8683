// The text of a key that mostly is the one before: messages come in runs of one author and chain, and
// comparing bytes is cheaper than writing hex, hashing a new text included.

import b4a from 'b4a'
import { mapKey } from '../../protocol/bytes.ts'

export class KeyMemo {
  #bytes: Uint8Array = new Uint8Array(0)
  #text = ''

  /** As `mapKey`. */
  of(bytes: Uint8Array): string {
    if (!b4a.equals(this.#bytes, bytes)) {
      this.#bytes = bytes
      this.#text = mapKey(bytes)
    }
    return this.#text
  }
}
