// The swarm: the DHT node, the discovery topic and those of rooms, and new connections. Says when no node of
// the DHT answers, and goes on trying; being found is never a condition of being ready.

import HyperDHT from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import type { PeerDiscovery } from 'hyperswarm'
import type { Address } from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { KeyPair } from '../protocol/bytes.ts'
import { discoveryTopic } from '../protocol/discovery.ts'
import { limits } from '../limits.ts'

const SERVER = { server: true, client: false } as const

export interface SwarmOptions {
  keyPair: KeyPair
  bootstrap?: readonly string[] | undefined
  host?: string | undefined
  port?: number | undefined
  network?: string | undefined
  /** Told of the swarm before it listens. */
  created?: (swarm: Hyperswarm) => void
  connection: (stream: NoiseSecretStream) => void
  /** Whether the DHT knows of us: told when it is first known, and whenever it changes. */
  online: (online: boolean) => void
}

export class Swarm {
  readonly #swarm: Hyperswarm
  readonly #options: SwarmOptions
  #online: boolean | null = null
  #retry: NodeJS.Timeout | null = null
  /** Of the topics of rooms. */
  readonly #topics = new Set<PeerDiscovery>()
  /** One announcement after the other: many at once are a burst of some twenty requests each. */
  #line: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(options: SwarmOptions) {
    this.#options = options
    const { keyPair, bootstrap, host, port } = options
    // Hyperswarm does not pass `host` on: it gets a node that is bound already.
    const dht = new HyperDHT({
      keyPair,
      ...(bootstrap === undefined ? {} : { bootstrap: [...bootstrap] }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port })
    })
    // `maxPeers` counts inbound connections too, and is about dialling, which a root does not do.
    this.#swarm = new Hyperswarm({ keyPair, dht, maxPeers: limits.connectionsMax })
    options.created?.(this.#swarm)
    this.#swarm.on('connection', options.connection)
  }

  /** Resolves once connections can come in; the DHT is told in the background. */
  static async open(options: SwarmOptions): Promise<Swarm> {
    const swarm = new Swarm(options)
    try {
      await swarm.#swarm.listen()
    } catch (err) {
      await swarm.close().catch(() => {}) // it says the same again
      throw err
    }
    swarm.#announce()
    return swarm
  }

  /** The port that peers are let in by. Beside it the DHT has a random one, to look round and to punch holes. */
  get address(): Address | null {
    const { dht } = this.#swarm
    const [open, fixed] = [dht.address(), dht.localAddress()]
    return open === null || fixed === null ? null : { host: open.host, port: fixed.port }
  }

  /** Whether a node of the DHT answers; null while that is not known. */
  get online(): boolean | null {
    return this.#online
  }

  /** Announces one more topic, in its turn; what is given takes it back. */
  announce(topic: Uint8Array): () => void {
    let discovery: PeerDiscovery | null = null
    let wanted = true
    this.#inLine(() => {
      if (!wanted) return
      discovery = this.#swarm.join(topic, SERVER)
      this.#topics.add(discovery)
      return discovery.flushed()
    })
    return () => {
      wanted = false
      if (discovery === null) return
      this.#topics.delete(discovery)
      discovery.destroy().catch(() => {}) // it ends by itself
    }
  }

  /** Takes no connection any more and leaves the DHT. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    await this.#swarm.destroy()
  }

  #inLine(work: () => unknown): void {
    this.#line = this.#line.then(() => (this.#closed ? null : work())).catch(() => {}) // no node of the DHT answers, or the swarm was destroyed meanwhile
  }

  #announce(): void {
    const topic = discoveryTopic(this.#options.network)
    const discovery = this.#swarm.join(topic, SERVER)
    const look = async (): Promise<void> => {
      const online = await discovery.flushed()
      if (this.#closed) return
      const changed = online !== this.#online
      // By themselves they would wait for ten minutes.
      if (online && this.#online === false) {
        for (const each of this.#topics) this.#inLine(() => each.refresh(SERVER))
      }
      this.#online = online
      if (changed) this.#options.online(online)
      if (online) return
      this.#retry = setTimeout(() => {
        discovery
          .refresh(SERVER)
          .then(look, look)
          .catch(() => {})
      }, limits.announceRetryMs)
      this.#retry.unref()
    }
    look().catch(() => {}) // the swarm was destroyed meanwhile
  }
}
