// The sealed payload of one message: plaintext, padding, encryption, signature, certificate.
// Owns every byte of it, and the hash that names the message. Never judges an author: that takes
// what came before, and is the business of the client's chains.

import b4a from 'b4a'
import sodium from 'sodium-universal'
import type { AuthorKey, ChainId, KeyPair, MessageHash, Signature } from './bytes.ts'
import type { Codec, State } from './codec.ts'
import { byte, bytes, fixed, list, put, struct, take, uint } from './codec.ts'
import { CONSTANTS, sign, verify } from './derive.ts'
import { badPayload, notOpened, tooLarge } from './errors.ts'
import type { RoomKeys } from './keys.ts'
import { wireLimits } from './limits.ts'
import { padme } from './padding.ts'

const PAYLOAD_VERSION = 1
const NONCE_BYTES = 24
const TAG_BYTES = 16
const SIGNED = 1
const CERTIFIED = 2

/** What a message is for. Only `text` is shown as a body; others are told apart by number. */
export const MessageKind = Object.freeze({ text: 0, roots: 1 })

/** A message of its author's chain that will never come, by number and hash. */
export interface GivenUp {
  number: number
  id: MessageHash
}

export interface Message {
  kind: number
  /** Milliseconds since 1970 by the author's clock. */
  sentAt: number
  author: AuthorKey
  chain: ChainId
  /** Position in the author's chain, from 0. */
  number: number
  /** Hash of the message before; 32 zero bytes for number 0. */
  previous: MessageHash
  givenUp: readonly GivenUp[]
  body: Uint8Array
}

export interface OpenedMessage extends Message {
  id: MessageHash
  signature: Signature | null
  certificate: Signature | null
}

/** Hash of the message before the first of a chain. */
export const NO_MESSAGE: MessageHash = b4a.alloc(32) as MessageHash

const givenUpCodec = list(
  struct({ number: uint, id: fixed<MessageHash>(32) }),
  wireLimits.givenUpMax
)
const bodyCodec = bytes(wireLimits.payloadBytesMax)

// What is hashed, so what may never change meaning. By hand: every message that is read passes here.
const content: Codec<Message, OpenedMessage> = {
  preencode(state, message) {
    byte.preencode(state, PAYLOAD_VERSION)
    uint.preencode(state, message.kind)
    uint.preencode(state, message.sentAt)
    state.end += 32 + 16
    uint.preencode(state, message.number)
    state.end += 32
    givenUpCodec.preencode(state, message.givenUp)
    bodyCodec.preencode(state, message.body)
  },
  encode(state, message) {
    byte.encode(state, PAYLOAD_VERSION)
    uint.encode(state, message.kind)
    uint.encode(state, message.sentAt)
    put(state, message.author)
    put(state, message.chain)
    uint.encode(state, message.number)
    put(state, message.previous)
    givenUpCodec.encode(state, message.givenUp)
    bodyCodec.encode(state, message.body)
  },
  // With room for what follows it, so that an opened message is one object made once.
  decode(state): OpenedMessage {
    const version = byte.decode(state)
    if (version !== PAYLOAD_VERSION) throw badPayload(`a message of version ${version}`)
    return {
      id: NO_MESSAGE,
      kind: uint.decode(state),
      sentAt: uint.decode(state),
      author: take(state, 32) as AuthorKey,
      chain: take(state, 16) as ChainId,
      number: uint.decode(state),
      previous: take(state, 32) as MessageHash,
      givenUp: givenUpCodec.decode(state),
      body: bodyCodec.decode(state),
      signature: null,
      certificate: null
    }
  }
}

export interface SealedMessage {
  id: MessageHash
  payload: Uint8Array
}

/**
 * Seals a message for a room: its hash, and 24 random bytes followed by the encrypted, padded text.
 *
 * @param signer the author's identity, if the message is to be signed. Whatever ends a frame, and the
 *   first of a chain, must be.
 * @param certificate goes along with the signature.
 * @throws `TOO_LARGE` if the body is over `wireLimits.bodyBytesMax`.
 */
export function sealMessage(
  keys: RoomKeys,
  message: Message,
  signer: KeyPair | null,
  certificate: Signature | null
): SealedMessage {
  const { bodyBytesMax } = wireLimits
  if (message.body.byteLength > bodyBytesMax) {
    throw tooLarge('a body in bytes', bodyBytesMax, message.body.byteLength)
  }
  const state: State = { start: 0, end: 0, buffer: null }
  content.preencode(state, message)
  const hashedBytes = state.end
  const tail = 1 + (signer === null ? 0 : 64) + (certificate === null ? 0 : 64)
  state.buffer = b4a.alloc(padme(hashedBytes + tail)) // zeros: the padding
  content.encode(state, message)

  const id = hashMessage(keys, state.buffer.subarray(0, hashedBytes))
  state.buffer[state.start++] =
    (signer === null ? 0 : SIGNED) | (certificate === null ? 0 : CERTIFIED)
  if (signer !== null) {
    state.buffer.set(sign(signer, CONSTANTS.messageSignature, id), state.start)
    state.start += 64
  }
  if (certificate !== null) state.buffer.set(certificate, state.start)
  return { id, payload: seal(keys, keys.contexts.payload, state.buffer) }
}

/**
 * Opens one sealed payload.
 *
 * @throws `NOT_OPENED` if it was not sealed for this room, `BAD_PAYLOAD` if it was, but badly.
 */
export function openMessage(keys: RoomKeys, payload: Uint8Array): OpenedMessage {
  const plain = open(keys, keys.contexts.payload, payload)
  const state: State = { start: 0, end: plain.byteLength, buffer: plain }
  try {
    const message = content.decode(state)
    message.id = hashMessage(keys, plain.subarray(0, state.start))
    const flags = byte.decode(state)
    if (flags > (SIGNED | CERTIFIED)) throw badPayload('unknown flags')
    if ((flags & SIGNED) !== 0) message.signature = take(state, 64) as Signature
    if ((flags & CERTIFIED) !== 0) message.certificate = take(state, 64) as Signature
    checkPadding(plain, state.start)
    return message
  } catch (err) {
    throw badPayload(err instanceof Error ? err.message : 'unreadable')
  }
}

/** Whether a message's own signature is its author's. Says nothing about membership. */
export function isSigned(message: OpenedMessage): boolean {
  return (
    message.signature !== null &&
    verify(message.author, message.signature, CONSTANTS.messageSignature, message.id)
  )
}

/** Seals any plaintext for a room under a context of its own: nonce ‖ ciphertext. */
export function seal(
  keys: Pick<RoomKeys, 'contentKey'>,
  context: Uint8Array,
  plain: Uint8Array
): Uint8Array {
  const sealed = b4a.allocUnsafe(NONCE_BYTES + plain.byteLength + TAG_BYTES)
  const nonce = sealed.subarray(0, NONCE_BYTES)
  nonce.set(freshNonce())
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    sealed.subarray(NONCE_BYTES),
    plain,
    context,
    null,
    nonce,
    keys.contentKey
  )
  return sealed
}

/** Opens what `seal` made under the same context. Throws `NOT_OPENED`. */
export function open(
  keys: Pick<RoomKeys, 'contentKey'>,
  context: Uint8Array,
  sealed: Uint8Array
): Uint8Array {
  const length = sealed.byteLength - NONCE_BYTES - TAG_BYTES
  if (length < 0) throw notOpened()
  const plain = b4a.allocUnsafe(length)
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      plain,
      null,
      sealed.subarray(NONCE_BYTES),
      context,
      sealed.subarray(0, NONCE_BYTES),
      keys.contentKey
    )
  } catch {
    throw notOpened()
  }
  return plain
}

// One system call for many nonces: asking for each costs more than sealing a short message.
const nonces = b4a.allocUnsafeSlow(NONCE_BYTES * 128)
let used = nonces.byteLength

/** 24 random bytes, to be copied before the next call. */
function freshNonce(): Uint8Array {
  if (used === nonces.byteLength) {
    sodium.randombytes_buf(nonces)
    used = 0
  }
  used += NONCE_BYTES
  return nonces.subarray(used - NONCE_BYTES, used)
}

function hashMessage(keys: RoomKeys, hashed: Uint8Array): MessageHash {
  const id = b4a.allocUnsafe(32)
  sodium.crypto_generichash(id, hashed, keys.contexts.messageHash)
  return id as MessageHash
}

/** Throws `BAD_PAYLOAD` unless what follows `end` is padding, and as much as there must be. */
export function checkPadding(plain: Uint8Array, end: number): void {
  if (plain.byteLength !== padme(end)) throw badPayload('padded to a wrong size')
  for (let i = end; i < plain.byteLength; i++) {
    if (plain[i] !== 0) throw badPayload('padded with something')
  }
}
