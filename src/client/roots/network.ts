// The network as a client uses it: dial a key, look up a topic. Its own DHT node, or one that the app
// handed in, or the app's swarm, under whose key nothing is dialled twice.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import HyperDHT from 'hyperdht'
import type { Address } from 'hyperdht'
import type Hyperswarm from 'hyperswarm'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { KeyPair, PeerKey } from '../../protocol/bytes.ts'
import { key32, mapKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import { clientLimits } from '../limits.ts'

export interface NetworkOptions {
  keyPair: KeyPair
  bootstrap?: readonly string[] | undefined
  host?: string | undefined
  dht?: HyperDHT | undefined
  swarm?: Hyperswarm | undefined
}

interface NetworkEvents {
  /** With a swarm that the app handed in: a connection came about, whoever dialled. */
  connection: [stream: NoiseSecretStream]
}

/** Announced keys whose addresses are remembered. */
const RELAYS_MAX = 1024

export class Network extends EventEmitter<NetworkEvents> {
  readonly keyPair: KeyPair
  readonly #dht: HyperDHT
  readonly #own: boolean
  readonly #swarm: Hyperswarm | null
  /** Connections that are being made. */
  readonly #dialled = new Set<NoiseSecretStream>()
  /** Addresses that a look-up gave for a key: a hint for dialling it. */
  readonly #relays = new Map<string, Address[]>()
  readonly #onconnection = (stream: NoiseSecretStream): void => {
    this.emit('connection', stream)
  }

  constructor(options: NetworkOptions) {
    super()
    const { keyPair, bootstrap, host, dht, swarm } = options
    this.#swarm = swarm ?? null
    this.keyPair = swarm?.keyPair ?? keyPair
    this.#own = dht === undefined && swarm === undefined
    this.#dht = swarm?.dht ?? dht ?? createNode(bootstrap, host)
    this.#swarm?.on('connection', this.#onconnection)
  }

  /**
   * Binds the socket, if it is our own.
   *
   * @throws `NO_NETWORK` if that address can't be bound to.
   */
  async open(): Promise<void> {
    if (!this.#own) return
    try {
      await this.#dht.bind()
    } catch (err) {
      await this.#dht.destroy().catch(() => {}) // it fails as the binding did
      throw noNetwork("can't listen there", err)
    }
  }

  /**
   * An open connection to a key.
   *
   * @throws `TIMEOUT` or whatever the DHT says, when nobody answers under that key.
   */
  async dial(root: PeerKey): Promise<NoiseSecretStream> {
    const stream = this.#swarm === null ? this.#connect(root) : await this.#join(root, this.#swarm)
    const patience = setTimeout(() => stream.destroy(), clientLimits.connectMs)
    this.#dialled.add(stream)
    let failure: Error | null = null
    stream.on('error', (err) => {
      failure = err
    })
    try {
      if (await stream.opened) return stream
    } finally {
      clearTimeout(patience)
      this.#dialled.delete(stream)
    }
    throw failure ?? new RootPeerError('TIMEOUT', 'no connection came about')
  }

  /** Hangs up, or leaves it to the app's swarm. */
  hangUp(root: PeerKey, stream: NoiseSecretStream | null): void {
    if (this.#swarm !== null) this.#swarm.leavePeer(root)
    stream?.destroy()
  }

  /**
   * Keys announced on a topic: about 20 random ones, each once. Ends when the DHT was asked.
   *
   * @param reachable announces our key there too, with these addresses, at the end of it.
   */
  async *lookup(topic: Uint8Array, reachable: Address[] | null = null): AsyncGenerator<PeerKey> {
    const seen = new Set<string>()
    try {
      const replies =
        reachable === null
          ? this.#dht.lookup(topic)
          : this.#dht.announce(topic, this.keyPair, reachable)
      for await (const reply of replies) {
        for (const { publicKey, relayAddresses } of reply.peers) {
          const key = mapKey(publicKey)
          if (seen.has(key) || b4a.equals(publicKey, this.keyPair.publicKey)) continue
          seen.add(key)
          this.hint(publicKey, relayAddresses)
          yield key32<PeerKey>(publicKey, 'an announced key')
        }
      }
    } catch {
      // No node of the DHT answers. The caller asks again.
    }
  }

  /** Takes an announcement back, in its own time. */
  unannounce(topic: Uint8Array): void {
    // If no node answers it ends by itself, some minutes later.
    this.#dht.unannounce(topic, this.keyPair).catch(() => {})
  }

  /** Where a key may be reached, to be tried first when it is dialled. */
  hint(key: Uint8Array, addresses: Address[]): void {
    if (this.#relays.size >= RELAYS_MAX) this.#relays.clear()
    this.#relays.set(mapKey(key), addresses)
  }

  /** The addresses that a look-up gave for a key. */
  hintOf(key: Uint8Array): readonly Address[] {
    return this.#relays.get(mapKey(key)) ?? []
  }

  /** The app's swarm, if it handed one in. */
  get swarm(): Hyperswarm | null {
    return this.#swarm
  }

  /** The node that everything goes over. */
  get dht(): HyperDHT {
    return this.#dht
  }

  /** No traffic of ours; what the app handed in is the app's to suspend. */
  async suspend(): Promise<void> {
    if (!this.#own) return
    for (const stream of this.#dialled) stream.destroy()
    await this.#dht.suspend()
  }

  async resume(): Promise<void> {
    if (this.#own) await this.#dht.resume()
  }

  async close(): Promise<void> {
    this.#swarm?.off('connection', this.#onconnection)
    if (this.#own) await this.#dht.destroy().catch(() => {}) // one that never opened fails again
  }

  #connect(root: PeerKey): NoiseSecretStream {
    const relayAddresses = this.#relays.get(mapKey(root))
    return this.#dht.connect(root, {
      keyPair: this.keyPair,
      ...(relayAddresses === undefined ? {} : { relayAddresses })
    })
  }

  async #join(root: PeerKey, swarm: Hyperswarm): Promise<NoiseSecretStream> {
    for (const stream of swarm.connections) {
      if (b4a.equals(stream.remotePublicKey, root)) return stream
    }
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(patience)
        swarm.off('connection', onconnection)
      }
      const onconnection = (stream: NoiseSecretStream): void => {
        if (!b4a.equals(stream.remotePublicKey, root)) return
        done()
        resolve(stream)
      }
      const patience = setTimeout(() => {
        done()
        reject(new RootPeerError('TIMEOUT', 'the swarm made no connection to this root peer'))
      }, clientLimits.connectMs)
      swarm.on('connection', onconnection)
      swarm.joinPeer(root)
    })
  }
}

function createNode(bootstrap: readonly string[] | undefined, host: string | undefined): HyperDHT {
  try {
    return new HyperDHT({
      ...(bootstrap === undefined ? {} : { bootstrap: [...bootstrap] }),
      ...(host === undefined ? {} : { host })
    })
  } catch (err) {
    throw noNetwork('these are no DHT nodes', err)
  }
}

function noNetwork(what: string, cause: unknown): RootPeerError<'NO_NETWORK'> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RootPeerError('NO_NETWORK', `${what}: ${reason}`, { cause })
}
