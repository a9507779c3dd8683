// A member at the lowest level: dials another member, opens the direct channel with whatever proof a test
// gives it, and sends exactly what a test says.

import type { Test } from 'brittle'
import HyperDHT from 'hyperdht'
import Protomux from 'protomux'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { MessageHash, PeerKey } from '../../../src/protocol/bytes.ts'
import { key32, mapKey, parsePeerKey } from '../../../src/protocol/bytes.ts'
import {
  addDirectMessages,
  DIRECT_PROTOCOL,
  directChannelId,
  directHandshake
} from '../../../src/protocol/direct-channel.ts'
import type { DirectHello, DirectSenders } from '../../../src/protocol/direct-channel.ts'
import { wireCode } from '../../../src/protocol/errors.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { proveAccess } from '../../../src/protocol/proof.ts'
import type { ProofContext } from '../../../src/protocol/proof.ts'
import type { PrivateDht } from '../../helpers/dht.ts'

export class DirectPeer {
  readonly stream: NoiseSecretStream
  readonly mux: Protomux
  /** What came, by name, in order. */
  readonly heard: { name: string; value: unknown }[] = []
  send: DirectSenders | null = null
  /** The other's proof, once it came. */
  proof: DirectHello['proof'] | null = null
  #told: (() => void) | null = null

  private constructor(stream: NoiseSecretStream) {
    this.stream = stream
    this.mux = new Protomux(stream)
  }

  /** Dials, until it is answered. */
  static async dial(
    t: Test,
    dht: PrivateDht,
    peer: string,
    keyPair = HyperDHT.keyPair()
  ): Promise<DirectPeer> {
    const node = dht.createNode()
    while (true) {
      const stream = node.connect(parsePeerKey(peer), { keyPair })
      stream.on('error', () => {})
      if (!(await stream.opened)) continue
      t.teardown(() => stream.destroy(), { order: 50, force: true })
      return new DirectPeer(stream)
    }
  }

  get context(): ProofContext {
    const { handshakeHash, publicKey } = this.stream
    return { handshakeHash: handshakeHash as Uint8Array, prover: key32<PeerKey>(publicKey, 'ours') }
  }

  /** Opens a room. */
  open(keys: RoomKeys, proof = proveAccess(keys, keys.access, this.context)): void {
    const channel = this.mux.createChannel<DirectHello, DirectHello>({
      protocol: DIRECT_PROTOCOL,
      id: directChannelId(keys, this.context.handshakeHash),
      handshake: directHandshake,
      onopen: (hello) => {
        this.proof = hello.proof
        this.#tell('open', null)
      }
    })
    if (channel === null) throw new Error('open already')
    const hear = (name: string) => (value: unknown) => this.#tell(name, value)
    this.send = addDirectMessages(channel, {
      denied: ({ code }) => this.#tell('denied', wireCode(code)),
      pass: hear('pass'),
      received: hear('received'),
      offer: ({ ids }) =>
        this.#tell(
          'offer',
          ids.map((id: MessageHash) => mapKey(id))
        ),
      wanted: hear('wanted'),
      broadcast: hear('broadcast')
    })
    channel.open({ proof })
  }

  /** The next of a name that came, now or earlier; it is taken. */
  async next(name: string): Promise<unknown> {
    while (true) {
      const place = this.heard.findIndex((each) => each.name === name)
      if (place !== -1) return this.heard.splice(place, 1)[0]?.value
      if (this.stream.destroyed) throw new Error(`cut off before "${name}" came`)
      await new Promise<void>((resolve) => {
        this.#told = resolve
        this.stream.once('close', () => resolve())
      })
    }
  }

  /** Resolves once the other side has hung up. */
  async cutOff(): Promise<void> {
    if (this.stream.destroyed) return
    await new Promise<void>((resolve) => this.stream.once('close', () => resolve()))
  }

  #tell(name: string, value: unknown): void {
    this.heard.push({ name, value })
    this.#told?.()
  }
}
