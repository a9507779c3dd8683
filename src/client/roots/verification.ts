// A receipt, held against its root: is the message still there, under the very head that was signed
// when it was stored, in a log that has only grown since?

import b4a from 'b4a'
import type { CoreKey, Signature } from '../../protocol/bytes.ts'
import { mapKey, parsePeerKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import { isHeadOf } from '../../protocol/head.ts'
import type { Head } from '../../protocol/head.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { decodePage } from '../../protocol/page.ts'
import { openMessage } from '../../protocol/payload.ts'
import type { Receipt } from '../outbox/receipt.ts'
import type { RoomLink } from './room-link.ts'

/** What is certain once a receipt was verified. */
export interface Verified {
  id: string
  root: string
  index: number
  /** Pages that the root had signed when it gave the receipt, and those it signs now. */
  lengthThen: number
  lengthNow: number
}

/**
 * Verifies a receipt with its root, over a link that is open.
 *
 * @throws `HOSTILE_ROOT` if the root does not stand by it; `NOT_KEPT` if it no longer keeps the page,
 *   or has begun the log anew; `BAD_RECEIPT` for something that is no receipt of this room.
 */
export async function verifyReceipt(
  link: RoomLink,
  keys: RoomKeys,
  receipt: Receipt
): Promise<Verified> {
  const coreKey = parsePeerKey(receipt.coreKey) as Uint8Array as CoreKey
  const open = link.open
  const position = open?.segments.all.findIndex((each) => b4a.equals(each.coreKey, coreKey)) ?? -1
  const segment = open?.segments.all[position]
  if (segment === undefined) throw notKept('its root does not know the core that it names')
  const { block } = receipt
  // A message that was found in the log has a receipt without a head: the newest one seen must do.
  const head = receipt.head === null ? link.ledger.of(coreKey) : readHead(receipt.head)
  if (head === null) throw notKept('it names no head, and its root has shown none')
  if (!isHeadOf(head, coreKey, segment.signer))
    throw badReceipt('its head was not signed by that root')
  const { length } = head
  const proof = await link.prove({ segment: position, block, length })
  if (proof.page === null || proof.head === null) throw notKept('its root does not keep that page')
  link.ledger.check(segment, head, block, proof)
  checkMessage(keys, receipt, proof.page)
  const { id, root, index } = receipt
  return { id, root, index, lengthThen: length, lengthNow: proof.head.length }
}

function checkMessage(keys: RoomKeys, { id, index }: Receipt, page: Uint8Array): void {
  const entry = decodePage(page).entries.find((each) => each.index === index)
  if (entry !== undefined && mapKey(openMessage(keys, entry.payload).id) === id) return
  throw badReceipt(`message ${index} of that page is another one: it was altered, or given falsely`)
}

function readHead({ fork, length, treeHash, signature }: NonNullable<Receipt['head']>): Head {
  const bytes = (text: string, size: number): Uint8Array => {
    const decoded = b4a.from(text, 'hex')
    if (decoded.byteLength === size) return decoded
    throw badReceipt('its head is damaged')
  }
  return {
    fork,
    length,
    treeHash: bytes(treeHash, 32),
    signature: bytes(signature, 64) as Signature
  }
}

function badReceipt(message: string): RootPeerError<'BAD_RECEIPT'> {
  return new RootPeerError('BAD_RECEIPT', `this is no receipt: ${message}`)
}

function notKept(message: string): RootPeerError<'NOT_KEPT'> {
  return new RootPeerError('NOT_KEPT', `this receipt can't be checked: ${message}`)
}
