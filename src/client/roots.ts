// The root peers of a client: one link to each, shared by all rooms, and the choice of roots for a
// room: those in its invite, else those configured, else a few that the discovery topic gives.

import { EventEmitter } from 'events'
import type { PeerKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Announcement } from '../protocol/control.ts'
import { discoveryTopic } from '../protocol/discovery.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { clientLimits } from './limits.ts'
import type { Network } from './network.ts'
import { RootLink } from './root-link.ts'

export interface RootsOptions {
  network: Network
  /** Keys that the app configured. */
  configured: readonly PeerKey[]
  /** Name of a private fleet. */
  fleet?: string | undefined
  /** Roots to choose where nobody named any. */
  rootsMax: number
  agent: string
}

interface RootsEvents {
  up: [root: string, announcement: Announcement]
  down: [root: string]
  error: [root: string, error: RootPeerError]
  /** No root was found yet; looking on. */
  searching: []
}

export class Roots extends EventEmitter<RootsEvents> {
  readonly #options: RootsOptions
  readonly #links = new Map<string, RootLink>()
  /** One search for all rooms: they must meet at the same roots. */
  #search: Promise<PeerKey[]> | null = null
  #timer: { cancel: () => void } | null = null
  #closed = false

  constructor(options: RootsOptions) {
    super()
    this.#options = options
  }

  /** The roots of a room whose invite names `invited`. Waits until some are found. */
  async choose(invited: readonly PeerKey[]): Promise<RootLink[]> {
    const { configured } = this.#options
    const keys = invited.length > 0 ? invited : configured.length > 0 ? configured : null
    const chosen = keys ?? (await (this.#search ??= this.#discover()))
    return this.#closed ? [] : chosen.map((key) => this.#link(key))
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  #link(root: PeerKey): RootLink {
    const key = mapKey(root)
    let link = this.#links.get(key)
    if (link === undefined) {
      link = new RootLink(root, this.#options.network, this.#options.agent)
      const { name } = link
      link.on('up', (announcement) => this.emit('up', name, announcement))
      link.on('down', () => this.emit('down', name))
      link.on('error', (error) => {
        if (this.listenerCount('error') > 0) this.emit('error', name, error)
      })
      // Every room on the link listens to it.
      link.setMaxListeners(0)
      this.#links.set(key, link)
      link.start()
    }
    return link
  }

  // Whoever announces is a stranger: a few are tried at a time, and those that speak are taken.
  async #discover(): Promise<PeerKey[]> {
    const topic = discoveryTopic(this.#options.fleet)
    const found: PeerKey[] = []
    while (!this.#closed) {
      const tried: Promise<void>[] = []
      for await (const key of this.#options.network.lookup(topic)) {
        if (this.#closed || found.length >= this.#options.rootsMax) break
        if (tried.length >= 4 * this.#options.rootsMax) break
        tried.push(
          this.#speaks(key).then((speaks) => {
            if (speaks && found.length < this.#options.rootsMax) found.push(key)
          })
        )
      }
      await Promise.all(tried)
      if (found.length > 0) break
      this.emit('searching')
      await this.#pause(clientLimits.lookupMs)
    }
    // Those that were tried and not taken are hung up.
    for (const [key, link] of this.#links) {
      if (link.listenerCount('drain') === 0 && !found.some((each) => mapKey(each) === key)) {
        link.close()
        this.#links.delete(key)
      }
    }
    return found
  }

  #speaks(root: PeerKey): Promise<boolean> {
    const link = this.#link(root)
    if (link.up !== null) return Promise.resolve(true)
    return new Promise((resolve) => {
      const done = (speaks: boolean) => () => {
        clearTimeout(patience)
        link.off('up', yes)
        link.off('error', no)
        resolve(speaks)
      }
      const yes = done(true)
      const no = done(false)
      const patience = setTimeout(no, clientLimits.helloMs + 2000)
      link.once('up', yes)
      link.once('error', no)
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#timer = {
        cancel: () => {
          clearTimeout(timer)
          resolve()
        }
      }
    })
  }
}
