// Where root peers are found: one topic for all, or one for each private network.

import b4a from 'b4a'
import crypto from 'hypercore-crypto'

const NAME = 'holepunch-root-peer-discovery'

/** The topic that root peers announce on. A `network` name makes a private one. */
export function discoveryTopic(network?: string): Uint8Array {
  return crypto.hash(b4a.from(network ? `${NAME}/${network}` : NAME))
}
