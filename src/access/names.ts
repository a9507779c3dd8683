// Who is answerable for what is kept, and who sends: the names of holders and addresses. A holder is a
// ticket, or a Noise key where there is none; an address of IPv6 stands for its /64, which one house has.

import { isIPv6 } from 'node:net'
import b4a from 'b4a'
import type { PeerKey } from '../protocol/bytes.ts'
import { CONSTANTS, derive } from '../protocol/derive.ts'

const NETWORK_GROUPS = 4

/** The network that an address stands for: two with the same one are taken for one house. */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return bare
  const groups = groupsOf(bare)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) {
    const [high = 0, low = 0] = groups.slice(6)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16))
  return `${network.join(':')}::/64`
}

/** Names as a store keeps them: hashes under a secret of its own, which say nothing to whom it has not. */
export class Names {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.#secret = derive(CONSTANTS.holder, secret.subarray(0, 32))
  }

  key(peer: PeerKey): Uint8Array {
    return derive(CONSTANTS.holder, this.#secret, peer)
  }

  ticket(id: Uint8Array): Uint8Array {
    return derive(CONSTANTS.ticket, this.#secret, id)
  }

  network(network: string): Uint8Array {
    return derive(CONSTANTS.address, this.#secret, b4a.from(network))
  }
}

function groupsOf(address: string): number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const plain =
    dotted === null
      ? address
      : address.slice(0, dotted.index) +
        [dotted.slice(1, 3), dotted.slice(3, 5)]
          .map(([high, low]) => (Number(high) * 256 + Number(low)).toString(16))
          .join(':')
  const [head = '', tail] = plain.split('::')
  const parse = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => parseInt(group, 16))
  const front = parse(head)
  const back = parse(tail ?? '')
  const gap = Math.max(0, 8 - front.length - back.length)
  return [...front, ...Array.from({ length: gap }, () => 0), ...back]
}
