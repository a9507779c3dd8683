// Where members can reach us: a server of the DHT node under our Noise key, or the app's swarm. Open only
// while there is somebody to wait for, since it costs a few packets every 3 seconds.

import type { Address, Server } from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Network } from '../roots/network.ts'

export interface DoorEvents {
  connection(stream: NoiseSecretStream): void
  /** Nobody can reach us, though we can reach them. */
  failed(err: RootPeerError): void
}

export class Door {
  readonly #network: Network
  readonly #refuses: (peer: Uint8Array) => boolean
  readonly #events: DoorEvents
  #server: Server | null = null
  #opening: Promise<void> | null = null
  /** The last one is closing: a key can be listened under once only. */
  #closing: Promise<void> = Promise.resolve()

  constructor(network: Network, refuses: (peer: Uint8Array) => boolean, events: DoorEvents) {
    this.#network = network
    this.#refuses = refuses
    this.#events = events
  }

  /** What is announced with our key, so that we are found sooner. */
  get relayAddresses(): Address[] {
    return (this.#network.swarm?.server ?? this.#server)?.relayAddresses ?? []
  }

  /** Resolves once we can be reached, or never will. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((err: unknown) => {
      const reason = err instanceof Error ? err.message : String(err)
      this.#events.failed(
        new RootPeerError('NO_NETWORK', `members can't reach us: ${reason}`, { cause: err })
      )
    })
    return this.#opening
  }

  close(): void {
    const server = this.#server
    this.#server = null
    this.#opening = null
    // It takes its announcement back; the network's close waits for that.
    if (server !== null) this.#closing = server.close().catch(() => {})
  }

  async #open(): Promise<void> {
    const { swarm, dht, keyPair } = this.#network
    if (swarm !== null) {
      await swarm.listen()
      return
    }
    await this.#closing
    const server = dht.createServer({ firewall: (peer) => this.#refuses(peer) })
    this.#server = server
    server.on('connection', (stream) => {
      stream.on('error', () => {}) // the close that follows is what counts
      this.#events.connection(stream)
    })
    await server.listen(keyPair)
    // Closed while it waited for the last one: that one closed has nothing to take back.
    if (this.#server !== server) await server.close()
  }
}
