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

/** More than that are forgotten, and told apart again. */
const STRANGERS_MAX = 1024

export class Roots extends EventEmitter<RootsEvents> {
  readonly #options: RootsOptions
  readonly #links = new Map<string, RootLink>()
  /** One search for all rooms: they must meet at the same roots. */
  #search: Promise<PeerKey[]> | null = null
  #timer: { cancel: () => void } | null = null
  /** Each ends the wait for one announced key to speak. */
  readonly #trials = new Set<() => void>()
  /** What announced and is no root peer, in hex, with the time when it may be tried again. */
  readonly #strangers = new Map<string, number>()
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
    for (const stop of [...this.#trials]) stop()
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

  async #discover(): Promise<PeerKey[]> {
    const topic = discoveryTopic(this.#options.fleet)
    while (!this.#closed) {
      const found = await this.#look(topic)
      if (found.length > 0) return found
      this.emit('searching')
      await this.#pause(clientLimits.lookupMs)
    }
    return []
  }

  // Whoever announces is a stranger: a few are tried, and those that speak are taken. Once one speaks
  // the others have a moment to; those that were not taken are hung up.
  async #look(topic: Uint8Array): Promise<PeerKey[]> {
    const { network, rootsMax } = this.#options
    const found: PeerKey[] = []
    const tried: Promise<void>[] = []
    const stopTrying = (): void => {
      for (const stop of [...this.#trials]) stop()
    }
    const attempt = async (key: PeerKey): Promise<void> => {
      if (!(await this.#speaks(key)) || found.length >= rootsMax) return
      found.push(key)
      if (found.length === rootsMax) stopTrying()
      else if (found.length === 1) setTimeout(stopTrying, clientLimits.companionMs)
    }
    for await (const key of network.lookup(topic)) {
      if (this.#closed || found.length >= rootsMax || tried.length >= 4 * rootsMax) break
      if (!this.#isStranger(key)) tried.push(attempt(key))
    }
    await Promise.all(tried)
    this.#hangUpOthers(found)
    return found
  }

  #isStranger(key: PeerKey): boolean {
    return Date.now() < (this.#strangers.get(mapKey(key)) ?? 0)
  }

  /** Closes links that no room uses. */
  #hangUpOthers(found: readonly PeerKey[]): void {
    for (const [key, link] of this.#links) {
      if (link.listenerCount('up') > 1 || found.some((each) => mapKey(each) === key)) continue
      link.close()
      this.#links.delete(key)
    }
  }

  /** Whether this is a root peer. One that turns out to be something else is remembered. */
  #speaks(root: PeerKey): Promise<boolean> {
    const link = this.#link(root)
    if (link.up !== null) return Promise.resolve(true)
    return new Promise((resolve) => {
      const end = (speaks: boolean): void => {
        clearTimeout(patience)
        link.off('up', yes)
        link.off('error', failed)
        this.#trials.delete(no)
        resolve(speaks)
      }
      const yes = (): void => end(true)
      const no = (): void => end(false)
      const failed = ({ code }: RootPeerError): void => {
        if (code === 'NOT_A_ROOT_PEER') this.#remember(root)
        no()
      }
      const patience = setTimeout(no, clientLimits.helloMs + 2000)
      this.#trials.add(no)
      link.once('up', yes)
      link.once('error', failed)
    })
  }

  #remember(stranger: PeerKey): void {
    if (this.#strangers.size >= STRANGERS_MAX) this.#strangers.clear()
    this.#strangers.set(mapKey(stranger), Date.now() + clientLimits.strangerMs)
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
