// Declares the crypto primitives and the key codec, of just what is called.

declare module 'sodium-universal' {
  /** Outputs come first; a wrong length is a plain `Error`, a failed decryption too. */
  interface Sodium {
    readonly crypto_sign_PUBLICKEYBYTES: 32
    readonly crypto_sign_SECRETKEYBYTES: 64
    readonly crypto_sign_SEEDBYTES: 32
    readonly crypto_sign_BYTES: 64
    readonly crypto_generichash_BYTES: 32
    readonly crypto_generichash_KEYBYTES: 32
    readonly crypto_aead_xchacha20poly1305_ietf_KEYBYTES: 32
    readonly crypto_aead_xchacha20poly1305_ietf_NPUBBYTES: 24
    readonly crypto_aead_xchacha20poly1305_ietf_ABYTES: 16
    randombytes_buf(out: Uint8Array): void
    randombytes_uniform(upper: number): number
    randombytes_buf_deterministic(out: Uint8Array, seed: Uint8Array): void
    sodium_memzero(bytes: Uint8Array): void
    sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean
    sodium_increment(bytes: Uint8Array): void
    crypto_generichash(out: Uint8Array, input: Uint8Array, key?: Uint8Array): void
    crypto_generichash_batch(out: Uint8Array, inputs: readonly Uint8Array[], key?: Uint8Array): void
    crypto_sign_keypair(publicKey: Uint8Array, secretKey: Uint8Array): void
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array
    ): boolean
    crypto_sign_ed25519_sk_to_pk(publicKey: Uint8Array, secretKey: Uint8Array): void
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      cipher: Uint8Array,
      message: Uint8Array,
      ad: Uint8Array | null,
      nsec: null,
      nonce: Uint8Array,
      key: Uint8Array
    ): number
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      message: Uint8Array,
      nsec: null,
      cipher: Uint8Array,
      ad: Uint8Array | null,
      nonce: Uint8Array,
      key: Uint8Array
    ): number
  }

  const sodium: Sodium
  export default sodium
}

declare module 'hypercore-crypto' {
  import type { KeyPair } from '@hyperswarm/secret-stream'
  import type { TreeNode } from 'hypercore'

  const crypto: {
    keyPair(seed?: Uint8Array): KeyPair
    validateKeyPair(keyPair: KeyPair): boolean
    sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array
    verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean
    hash(data: Uint8Array | readonly Uint8Array[], out?: Uint8Array): Uint8Array
    /** Hash of a leaf, of a parent, and of the roots of a Merkle tree. */
    data(block: Uint8Array): Uint8Array
    parent(a: TreeNode, b: TreeNode): Uint8Array
    tree(roots: readonly TreeNode[], out?: Uint8Array): Uint8Array
    discoveryKey(key: Uint8Array): Uint8Array
    randomBytes(length: number): Uint8Array
    namespace(name: string | Uint8Array, count: number | readonly number[]): Uint8Array[]
  }
  export default crypto
}

declare module 'hypercore-id-encoding' {
  const id: {
    /** 32 bytes to z32. */
    encode(key: Uint8Array): string
    /** From z32, hex or 32 bytes; throws a plain `Error` on anything else. */
    decode(key: string | Uint8Array): Uint8Array
    normalize(key: string | Uint8Array): string
    isValid(key: unknown): boolean
  }
  export default id
}

declare module 'z32' {
  const z32: {
    encode(bytes: Uint8Array | string): string
    /** Throws on a letter that is not z32; does not check the unused last bits. */
    decode(text: string, out?: Uint8Array): Uint8Array
  }
  export default z32
}

declare module 'flat-tree' {
  const flat: {
    /** Indexes of the roots of the tree that ends before this (even) index. */
    fullRoots(index: number): number[]
    parent(index: number): number
    sibling(index: number): number
  }
  export default flat
}
