// The roots of one room: written to and read from as long as they can be reached. Owns when another stands
// in for one that can't, and when that one is taken back.

import { RootPeerError } from '../../protocol/errors.ts'
import type { Retention } from '../../protocol/retention.ts'
import { shorter } from '../../protocol/retention.ts'
import type { Candidates } from './candidates.ts'
import type { Mirror } from './mirror.ts'
import { remove, retain } from './ownership.ts'
import type { Reader } from '../reading/reader.ts'
import type { Receipt } from '../outbox/receipt.ts'
import { Refill } from './refill.ts'
import type { RoomLink } from './room-link.ts'
import type { RootLink } from './root-link.ts'
import { RoomRoot } from './room-root.ts'
import type { RootStatus } from './room-root.ts'
import { verifyReceipt } from './verification.ts'
import type { Verified } from './verification.ts'
import type { Inside, Way } from '../way.ts'
import { steadyNow } from '../clock.ts'

export interface RoomRootsOptions {
  candidates: Candidates
  /** Keeps the room's cores whole; null if that was not asked for. */
  mirror: Mirror | null
  /** Whether roots are brought what they lack. */
  refill: boolean
}

export class RoomRoots implements Way {
  readonly #inside: Inside
  readonly #candidates: Candidates
  readonly #mirror: Mirror | null
  readonly #refill: Refill
  /** Those chosen and those that stand in, lost ones included. */
  readonly #all: RoomRoot[] = []
  readonly #readers = new Set<Reader>()
  readonly #rooted: Promise<void>
  /** Until somebody is out of reach for too long. */
  #timer: ReturnType<typeof setTimeout> | null = null
  /** Whether somebody who stands in is being looked for; when to do so again, and the pause until then. */
  #seeking = false
  #again = 0
  #pause: number
  #asleep = false
  #closed = false

  constructor(inside: Inside, { candidates, mirror, refill }: RoomRootsOptions) {
    this.#inside = inside
    this.#pause = inside.waits.rootlessMs
    this.#candidates = candidates
    this.#mirror = mirror
    this.#refill = new Refill(inside, { brings: refill, roots: () => this.#all })
    this.#rooted = this.#choose()
  }

  get status(): RootStatus[] {
    return this.#all.map(({ status }) => status)
  }

  read(reader: Reader): void {
    this.#readers.add(reader)
    for (const { link } of this.#all) reader.add(link, this.#candidates.several)
  }

  unread(reader: Reader): void {
    this.#readers.delete(reader)
  }

  broadcast(sealed: Uint8Array): void {
    for (const { link } of this.#all) link.open?.send.broadcast(sealed)
  }

  /**
   * Holds a receipt against its root, waiting for a connection to it.
   *
   * @throws see `verifyReceipt`; `NOT_KEPT` if this room is not at that root.
   */
  async verify(receipt: Receipt): Promise<Verified> {
    await this.#rooted
    const link = this.#all.find(({ name }) => name === receipt.root)?.link
    if (link === undefined) {
      throw new RootPeerError(
        'NOT_KEPT',
        `root peer ${receipt.root} is none of this room's: name it`
      )
    }
    if (link.open === null) {
      await new Promise<void>((resolve, reject) => {
        link.once('granted', () => resolve())
        link.once('denied', reject)
      })
    }
    return verifyReceipt(link, this.#inside.keys, receipt)
  }

  /** For how long messages are kept: the least of what the roots that have it open say; null if none has. */
  get retention(): Retention | null {
    const told = this.#all.flatMap(({ link }) => link.open?.granted.retention ?? [])
    return told.length === 0 ? null : told.reduce(shorter)
  }

  /** As the owner, once a root has the room open; see `ownership.ts`. */
  async retain(retention: Retention): Promise<void> {
    await retain(await this.#opened(), retention)
  }

  async remove(): Promise<void> {
    await remove(await this.#opened())
  }

  /** Waits until one of them has the room open. Throws what the first that does not let us in says. */
  async #opened(): Promise<RoomLink[]> {
    await this.#rooted
    const links = this.#all.map(({ link }) => link)
    if (links.some(({ open }) => open !== null)) return links
    await new Promise<void>((resolve, reject) => {
      for (const link of links) {
        link.once('granted', () => resolve())
        link.once('denied', reject)
      }
    })
    return links
  }

  // The links to the roots go down by themselves, and up again.
  suspend(): void {
    this.#asleep = true
    this.#refill.suspend()
    this.#inside.files.suspend()
    for (const { link } of this.#all) link.suspend()
    this.#watch()
  }

  resume(): void {
    this.#asleep = false
    this.#refill.resume()
    // It was we who were away.
    for (const root of this.#all) if (root.away !== null) root.away = steadyNow()
    this.#calm()
    this.#watch()
  }

  close(): void {
    this.#closed = true
    this.#refill.close()
    this.#inside.files.close()
    this.#watch()
    for (const root of this.#all) root.close()
  }

  async #choose(): Promise<void> {
    const links = await this.#candidates.first()
    for (const link of links) this.#add(link)
    this.#inside.outbox?.settle()
    this.#watch()
  }

  #add(link: RootLink): void {
    if (this.#closed) return
    const root = new RoomRoot(link, this.#inside)
    this.#all.push(root)
    root.link.on('granted', () => this.#reached(root))
    root.link.on('closed', () => this.#watch())
    if (root.delivery !== null) this.#inside.outbox?.carry(root.delivery)
    this.#mirror?.add(root.link)
    this.#inside.files.add(root.link)
    for (const reader of this.#readers) reader.add(root.link, this.#candidates.several)
    root.link.start()
  }

  #reached(root: RoomRoot): void {
    const was = root.lost
    root.lost = false
    root.link.link.pace = 0
    if (was) this.#inside.tell('root-back', { root: root.name })
    this.#refill.look(was)
    this.#calm()
    this.#watch()
  }

  /** The next who is out of reach is looked for a replacement as if it were the first. */
  #calm(): void {
    this.#again = 0
    this.#pause = this.#inside.waits.rootlessMs
  }

  /** Waits for the next that may have been out of reach for too long. */
  #watch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#closed || this.#asleep || this.#seeking) return
    const root = this.#missed()
    if (root === null) return
    const { lostMs } = this.#candidates
    const away = root.away ?? 0
    const patience = this.#reachable > 0 ? lostMs : Math.min(lostMs, this.#inside.waits.rootlessMs)
    const due = Math.max(away + patience, this.#again)
    // Strangers only once it is lost for good: a root peer that starts again takes a moment.
    const strangers = due >= away + lostMs
    this.#timer = setTimeout(
      () => void this.#replace(root, strangers),
      Math.max(0, due - steadyNow())
    )
  }

  /** The one that is out of reach for longest, and still waited for. */
  #missed(): RoomRoot | null {
    // Where it was deleted it is not missed: to have another keep it would undo that.
    const missed = this.#all.filter(
      ({ lost, away, link }) => !lost && away !== null && link.denial?.code !== 'ROOM_DELETED'
    )
    return missed.toSorted((a, b) => (a.away ?? 0) - (b.away ?? 0))[0] ?? null
  }

  get #reachable(): number {
    return this.#all.filter(({ away }) => away === null).length
  }

  // It is lost only once another has answered: if nobody does, it may well be us. Until then it is waited
  // for, and looked for a replacement less and less often.
  async #replace(root: RoomRoot, strangers: boolean): Promise<void> {
    this.#seeking = true
    const enough = this.#reachable >= this.#candidates.wanted
    const spare = enough
      ? null
      : await this.#candidates.next((key) => this.#all.some((each) => each.is(key)), strangers)
    this.#seeking = false
    if (this.#closed) return
    if (root.away !== null && (enough || spare !== null)) this.#lose(root, spare)
    else if (root.away === null && spare !== null) this.#candidates.release(spare)
    else if (root.away !== null) this.#later()
    this.#watch()
  }

  #later(): void {
    const { lostMs } = this.#candidates
    this.#pause = Math.min(this.#pause, lostMs)
    this.#again = steadyNow() + this.#pause
    this.#pause *= 2
  }

  #lose(root: RoomRoot, spare: RootLink | null): void {
    if (spare !== null) this.#add(spare)
    root.lost = true
    const { lostMs } = this.#candidates
    root.link.link.pace = Math.min(lostMs, this.#inside.waits.rootLostRetryMs)
    this.#inside.outbox?.drop(root.name)
    this.#inside.tell('root-lost', { root: root.name, replacement: spare?.name ?? null })
  }
}
