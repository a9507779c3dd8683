// This device as the server of its owner's profile and public space: it listens under the identity, beside
// whatever else the node does, and answers whoever asks. Closed as long as there is nothing to be served.

import type { Server } from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { KeyPair } from '../../protocol/bytes.ts'
import { PROTOCOL_VERSIONS } from '../../protocol/control.ts'
import type { Announcement } from '../../protocol/control.ts'
import { DIRECTORY_FEATURE } from '../../protocol/directory-channel.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import { readProfile } from '../../protocol/profile.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'
import { HandleTopic } from './handle-topic.ts'
import type { Served, ServedSpace } from './served.ts'
import { Visitor } from './visitor.ts'

export interface HostOptions {
  network: Network
  identity: KeyPair
  agent: string
  now: () => number
  /** Nobody can reach us, though we can reach them. */
  failed: (err: RootPeerError) => void
}

const { hostVisitorsMax, hostAddressVisitorsMax } = clientLimits

export class Host implements Served {
  readonly #options: HostOptions
  /** With the address of each. */
  readonly #visitors = new Map<Visitor, string>()
  #server: Server | null = null
  #listening: Promise<void> = Promise.resolve()
  /** The last one is closing: a key can be listened under once only. */
  #closing: Promise<void> = Promise.resolve()
  #profile: SignedProfile | null = null
  #space: ServedSpace | null = null
  #topic: { bytes: Uint8Array; announced: HandleTopic | null } | null = null
  #suspended = false
  #closed = false

  constructor(options: HostOptions) {
    this.#options = options
  }

  get announcement(): Announcement {
    const { min, max } = PROTOCOL_VERSIONS
    return {
      versionMin: min,
      versionMax: max,
      agent: this.#options.agent,
      durable: false,
      writable: false,
      ticketNeeded: false,
      bodyBytesMax: 0,
      frameBytesMax: 0,
      frameMessagesMax: 0,
      roomsMax: 1,
      features: [DIRECTORY_FEATURE]
    }
  }

  get identity(): Uint8Array {
    return this.#options.identity.publicKey
  }

  get now(): () => number {
    return this.#options.now
  }

  get profile(): SignedProfile | null {
    return this.#profile
  }

  get space(): ServedSpace | null {
    return this.#space
  }

  /** Resolves once whoever knows the key can reach us, or never will; at once if nothing is served. */
  get reachable(): Promise<void> {
    return this.#listening
  }

  /** The profile that is given to whoever asks, as it was signed; null for none. Throws `BAD_PROFILE`. */
  publish(profile: Uint8Array | null): void {
    this.#profile = profile === null ? null : readProfile(profile)
    this.#settle()
    for (const visitor of this.#visitors.keys()) visitor.profileChanged()
  }

  /** The space that is served; null for none. */
  serve(space: ServedSpace | null): void {
    this.#space = space
    this.#settle()
  }

  /** Announces our key under a topic, as long as something is served; null for none. */
  announce(topic: Uint8Array | null): void {
    this.#topic?.announced?.stop(true)
    this.#topic = topic === null ? null : { bytes: topic, announced: null }
    this.#settle()
  }

  suspend(): void {
    this.#suspended = true
    this.#settle()
  }

  resume(): void {
    this.#suspended = false
    this.#settle()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#settle()
    await this.#closing
  }

  /** Opens or closes what there is to be open now. */
  #settle(): void {
    const wanted =
      !this.#closed && !this.#suspended && (this.#profile !== null || this.#space !== null)
    if (wanted && this.#server === null) this.#listening = this.#open()
    else if (!wanted && this.#server !== null) this.#shut()
    const topic = this.#topic
    if (topic === null) return
    if (wanted) topic.announced ??= this.#announced(topic.bytes)
    else {
      topic.announced?.stop(!this.#suspended)
      topic.announced = null
    }
  }

  #announced(topic: Uint8Array): HandleTopic {
    const { network, identity } = this.#options
    const addresses = async () => {
      await this.#listening
      return this.#server?.relayAddresses ?? []
    }
    return new HandleTopic(network.dht, topic, { identity, addresses })
  }

  async #open(): Promise<void> {
    const { network, identity, failed } = this.#options
    const server = network.dht.createServer({ firewall: () => this.#server !== server })
    this.#server = server
    server.on('connection', (stream) => {
      stream.on('error', () => {}) // the close that follows is what counts
      this.#welcome(stream)
    })
    try {
      await this.#closing
      if (this.#server === server) await server.listen(identity)
      // Closed while it waited: that one closed has nothing to take back.
      if (this.#server !== server) await server.close()
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err)
      if (this.#server !== server) return
      failed(new RootPeerError('NO_NETWORK', `nobody can reach us: ${reason}`, { cause: err }))
    }
  }

  #shut(): void {
    const server = this.#server
    this.#server = null
    for (const visitor of [...this.#visitors.keys()]) visitor.end()
    // It takes its announcement back; the network's close waits for that.
    if (server !== null) this.#closing = server.close().catch(() => {})
  }

  /** Of too many, the one that has asked nothing for longest makes room. */
  #welcome(stream: NoiseSecretStream): void {
    if (this.#server === null || stream.destroying) {
      stream.destroy()
      return
    }
    const address = stream.rawStream.remoteHost ?? ''
    const all = [...this.#visitors]
    const near = all.filter(([, from]) => from === address)
    const crowd =
      near.length >= hostAddressVisitorsMax ? near : all.length >= hostVisitorsMax ? all : []
    crowd.toSorted(([a], [b]) => a.askedAt - b.askedAt)[0]?.[0].end()
    const visitor = new Visitor(stream, this, () => this.#visitors.delete(visitor))
    this.#visitors.set(visitor, address)
  }
}
