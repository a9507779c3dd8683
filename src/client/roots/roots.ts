// The root peers of a client: one link to each, shared by all rooms, and the search for root peers that
// nobody named. Which of them a room lives on is its candidates' business.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import type { PeerKey } from '../../protocol/bytes.ts'
import { mapKey, parsePeerKey } from '../../protocol/bytes.ts'
import type { Announcement } from '../../protocol/control.ts'
import { discoveryTopic } from '../../protocol/discovery.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { Scopes, Ticket } from '../../protocol/ticket.ts'
import { Candidates } from './candidates.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from './network.ts'
import { RootLink } from './root-link.ts'

export interface RootsOptions {
  network: Network
  /** Keys that the app configured. */
  configured: readonly PeerKey[]
  /** Name of a private fleet. */
  fleet?: string | undefined
  /** Roots that a room lives on while all is well. */
  rootsMax: number
  /** Whether a root that nobody named may stand in for one that was. */
  discover: boolean
  /** How long a root may be out of reach before another stands in, in milliseconds. */
  lostMs: number
  agent: string
  tickets: readonly Ticket[]
}

interface RootsEvents {
  up: [root: string, announcement: Announcement]
  down: [root: string]
  writable: [root: string, writable: boolean]
  ticket: [root: string, scopes: Scopes]
  error: [root: string, error: RootPeerError]
  /** No root was found yet; looking on. */
  searching: []
}

interface Look {
  max: number
  skip: (root: PeerKey) => boolean
  topic?: Uint8Array
}

/** More than that are forgotten, and told apart again. */
const STRANGERS_MAX = 1024

export class Roots extends EventEmitter<RootsEvents> {
  readonly #options: RootsOptions
  readonly #links = new Map<string, RootLink>()
  /** One search for all rooms: they must meet at the same roots. */
  #search: Promise<PeerKey[]> | null = null
  /** Ends the pause between two look-ups. */
  #wake: (() => void) | null = null
  /** What may turn out to be no root peer, in hex. */
  readonly #onTrial = new Set<string>()
  /** Each ends the wait for one key to speak. */
  readonly #trials = new Set<() => void>()
  /** What announced and is no root peer, in hex, with the time when it may be tried again. */
  readonly #strangers = new Map<string, number>()
  /** Resolves once the app is awake; null while it is. */
  #asleep: { awake: Promise<void>; wakeUp: () => void } | null = null
  #closed = false

  constructor(options: RootsOptions) {
    super()
    this.#options = options
  }

  get rootsMax(): number {
    return this.#options.rootsMax
  }

  get lostMs(): number {
    return this.#options.lostMs
  }

  /** Where a room may live whose invite names `invited`, and that is announced under `topic`. */
  candidates(invited: readonly PeerKey[], topic: Uint8Array | null): Candidates {
    return new Candidates(this, { invited, configured: this.#options.configured }, topic)
  }

  /** The roots for a room that is not there yet. Waits until some are found. */
  choose(): Promise<RootLink[]> {
    return this.candidates([], null).first()
  }

  /** Whether this key is that of a root peer: one that was named, or that has spoken. */
  knows(key: PeerKey): boolean {
    const name = mapKey(key)
    return this.#links.has(name) && !this.#onTrial.has(name)
  }

  /** Roots to write into an invite: those given; for one of ours else those configured, or found. */
  async toName(given?: readonly string[], ours: boolean = true): Promise<PeerKey[]> {
    if (!ours) return (given ?? []).map(parsePeerKey)
    const named = given?.map(parsePeerKey) ?? [...this.#options.configured]
    return named.length > 0 || this.#asleep !== null ? named : this.#found()
  }

  /** None if none is found soon. */
  async #found(): Promise<PeerKey[]> {
    let patience: ReturnType<typeof setTimeout> | null = null
    const enough = new Promise<null>((resolve) => {
      patience = setTimeout(() => resolve(null), clientLimits.findMs)
    })
    const links = await Promise.race([this.choose(), enough])
    if (patience !== null) clearTimeout(patience)
    return links?.map(({ root }) => b4a.from(root) as PeerKey) ?? []
  }

  /** No timer, no dialling, no connection. */
  suspend(): void {
    if (this.#asleep !== null || this.#closed) return
    let wakeUp = (): void => {}
    const awake = new Promise<void>((resolve) => {
      wakeUp = resolve
    })
    this.#asleep = { awake, wakeUp }
    this.#interrupt()
    for (const link of this.#links.values()) link.suspend()
  }

  resume(): void {
    this.#asleep?.wakeUp()
    this.#asleep = null
    for (const link of this.#links.values()) link.resume()
  }

  close(): void {
    this.#closed = true
    this.#asleep?.wakeUp()
    this.#interrupt()
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  /** The link to a root, dialled from now on; null once all is closed. */
  link(root: PeerKey): RootLink | null {
    if (this.#closed) return null
    const key = mapKey(root)
    let link = this.#links.get(key)
    if (link === undefined) {
      link = new RootLink(root, this.#options.network, this.#options)
      const { name } = link
      link.on('up', (announcement) => this.emit('up', name, announcement))
      link.on('ticket', (scopes) => this.emit('ticket', name, scopes))
      link.on('down', () => this.emit('down', name))
      link.on('writable', (writable) => this.emit('writable', name, writable))
      link.on('error', (error) => {
        if (this.listenerCount('error') > 0) this.emit('error', name, error)
      })
      // Every room on the link listens to it.
      link.setMaxListeners(0)
      this.#links.set(key, link)
      if (this.#asleep === null) link.start()
      else link.suspend()
    }
    return link
  }

  /** Hangs up on a root that no room uses any more. */
  release(root: PeerKey): void {
    const link = this.#links.get(mapKey(root))
    if (link === undefined || link.listenerCount('up') > 1) return
    link.close()
    this.#links.delete(mapKey(root))
  }

  /** Root peers that nobody named, the same for all rooms. Looks until there are some. */
  search(): Promise<PeerKey[]> {
    this.#search ??= this.#options.discover ? this.#discover() : Promise.resolve([])
    return this.#search
  }

  /**
   * Whether this is a root peer. One that turns out to be something else is remembered, and hung up on.
   *
   * @param trials gets what ends the wait early, for as long as it lasts.
   */
  async speaks(root: PeerKey, trials: Set<() => void> = new Set()): Promise<boolean> {
    const known = this.#links.has(mapKey(root))
    const link = this.#asleep === null && !this.#isStranger(root) ? this.link(root) : null
    if (link === null) return false
    if (!known) this.#onTrial.add(mapKey(root))
    const speaks = link.up !== null || (await this.#greeted(link, trials))
    this.#onTrial.delete(mapKey(root))
    if (!speaks && !known) this.release(root)
    return speaks
  }

  /**
   * At most `max` root peers that announce themselves now. Whoever does is a stranger: a few are tried, and
   * those that speak are taken. Once one speaks the others have a moment to.
   *
   * @param topic a room's, where its members may be too: they get less time to say nothing.
   */
  async look({ max, skip, topic }: Look): Promise<PeerKey[]> {
    const { network, fleet, discover } = this.#options
    const found: PeerKey[] = []
    if (!discover || this.#asleep !== null) return found
    const tried = new Map<PeerKey, Promise<void>>()
    const trials = new Set<() => void>()
    let moment: ReturnType<typeof setTimeout> | undefined
    const patience =
      topic === undefined ? null : setTimeout(() => stop(trials), clientLimits.roomRootsMs)
    const attempt = async (key: PeerKey): Promise<void> => {
      if (!(await this.speaks(key, trials)) || found.length >= max) return
      found.push(key)
      if (found.length === max) stop(trials)
      else moment ??= setTimeout(() => stop(trials), clientLimits.companionMs)
    }
    for await (const key of network.lookup(topic ?? discoveryTopic(fleet))) {
      if (this.#closed || this.#asleep !== null || found.length >= max) break
      if (tried.size >= 4 * this.rootsMax) break
      if (!skip(key) && !this.#isStranger(key)) tried.set(key, attempt(key))
    }
    await Promise.all(tried.values())
    clearTimeout(moment)
    if (patience !== null) clearTimeout(patience)
    for (const key of tried.keys()) if (!found.includes(key)) this.release(key)
    return found
  }

  async #discover(): Promise<PeerKey[]> {
    while (!this.#closed) {
      if (this.#asleep !== null) await this.#asleep.awake
      const found = await this.look({ max: this.rootsMax, skip: () => false })
      if (found.length > 0) return found
      if (this.#closed || this.#asleep !== null) continue
      this.emit('searching')
      await this.#pause(clientLimits.lookupMs)
    }
    return []
  }

  /** Waits for a root to speak; false if it does not, or is something else. */
  #greeted(link: RootLink, trials: Set<() => void>): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (speaks: boolean): void => {
        clearTimeout(patience)
        link.off('up', yes)
        link.off('error', failed)
        this.#trials.delete(no)
        trials.delete(no)
        resolve(speaks)
      }
      const yes = (): void => end(true)
      const no = (): void => end(false)
      const failed = ({ code }: RootPeerError): void => {
        if (code === 'NOT_A_ROOT_PEER') this.#remember(link.root)
        no()
      }
      const patience = setTimeout(no, clientLimits.helloMs + 2000)
      this.#trials.add(no)
      trials.add(no)
      link.once('up', yes)
      link.once('error', failed)
      link.hurry()
    })
  }

  #isStranger(key: PeerKey): boolean {
    return steadyNow() < (this.#strangers.get(mapKey(key)) ?? 0)
  }

  #remember(stranger: PeerKey): void {
    if (this.#strangers.size >= STRANGERS_MAX) this.#strangers.clear()
    this.#strangers.set(mapKey(stranger), steadyNow() + clientLimits.strangerMs)
  }

  /** Nothing is waited for any more. */
  #interrupt(): void {
    stop(this.#trials)
    this.#wake?.()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#wake = wake
    })
  }
}

/** Ends trials. */
function stop(trials: Set<() => void>): void {
  for (const end of [...trials]) end()
}
