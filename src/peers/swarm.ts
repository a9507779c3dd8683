// The swarm: the DHT node, the discovery topic and those of rooms, and new connections. Says when no node of
// the DHT answers, and goes on trying; being found is never a condition of being ready.

import { setTimeout } from 'node:timers/promises'
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
  /** Of the topics of rooms. */
  readonly #topics = new Set<PeerDiscovery>()
  /** One announcement after the other: many at once are a burst of some twenty requests each. */
  #line: Promise<unknown> = Promise.resolve()
  readonly #ending = new AbortController()

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

  /** Resolves once connections can come in, and the DHT knows of it, unless no node answers. */
  static async open(options: SwarmOptions): Promise<Swarm> {
    const swarm = new Swarm(options)
    try {
      await swarm.#swarm.listen()
    } catch (err) {
      await swarm.close().catch(() => {}) // it says the same again
      throw err
    }
    swarm.#announce().catch(() => {}) // it was closed
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
    this.#ending.abort()
    await this.#swarm.destroy()
  }

  get #closed(): boolean {
    return this.#ending.signal.aborted
  }

  #inLine(work: () => unknown): void {
    // Where it fails no node of the DHT answers, or the swarm was destroyed meanwhile.
    this.#line = this.#line.then(() => (this.#closed ? null : work())).catch(() => {})
  }

  /** Whether nodes of the DHT keep where we are: without that our key leads nowhere. */
  get #isKnown(): boolean {
    const { dht, server } = this.#swarm
    const own = dht.remoteAddress()
    return server.relayAddresses.some(({ host, port }) => host !== own?.host || port !== own.port)
  }

  /** Announces us, and looks after it: what the library does by itself takes minutes after an outage. */
  async #announce(): Promise<void> {
    const discovery = this.#swarm.join(discoveryTopic(this.#options.network), SERVER)
    let answered = await discovery.flushed()
    let askedAt = performance.now()
    while (!this.#closed) {
      const online = answered && this.#isKnown
      if (online !== this.#online) this.#tell(online, discovery)
      await setTimeout(limits.announceLookMs, null, { ref: false, signal: this.#ending.signal })
      if (online && this.#isKnown) continue // which asks nobody
      const soon = answered || this.#isKnown
      if (!soon && performance.now() - askedAt < limits.announceRetryMs) continue
      this.#swarm.server.refresh()
      answered = await discovery.refresh(SERVER)
      askedAt = performance.now()
    }
  }

  #tell(online: boolean, discovery: PeerDiscovery): void {
    if (online && this.#online === false) {
      for (const each of [discovery, ...this.#topics]) this.#inLine(() => each.refresh(SERVER))
    }
    this.#online = online
    this.#options.online(online)
  }
}
