// Keeps the roots of one room alike in what they have of its files: for each two that answer, a courier each
// way. Remembers how far each has come, so that what was compared once is not compared again.

import b4a from 'b4a'
import type { AuthorKey, CoreKey } from '../../protocol/bytes.ts'
import { decode, encode, kept, optional, struct, uint } from '../../protocol/codec.ts'
import type { Profile } from '../profile/profile.ts'
import type { Located } from './catalog.ts'
import { Courier } from './courier.ts'
import type { CourierParts, Place } from './courier.ts'
import type { FileRoots } from './file-roots.ts'
import type { FilesLink } from './files-link.ts'
import { Stop } from './stop.ts'

export interface CouriersParts extends Omit<CourierParts, 'isOurs'> {
  roots: FileRoots
  author: AuthorKey
  /** Without one they begin with what changes from now on: who is here for a moment does not look at it all. */
  profile: Profile | null
  /** The room's id, as people read it. */
  room: string
}

/** How far a courier had come, and which index the other root had then: another one has to be filled. */
const placeCodec = struct({
  index: optional(kept<CoreKey>(32)),
  seq: uint,
  to: optional(kept<CoreKey>(32))
})

export class Couriers {
  readonly #parts: CouriersParts
  readonly #running = new Map<string, { courier: Courier; stop: Stop }>()
  /** Where each root stood when it answered first. */
  readonly #first = new Map<FilesLink, Place>()
  /** The last entry of ours that each has stored. */
  readonly #ours = new Map<FilesLink, number>()
  readonly #waiting = new Set<() => void>()

  constructor(parts: CouriersParts) {
    this.#parts = parts
    parts.roots.onchanged = () => this.#changed()
  }

  /** A root has stored an entry of ours. */
  stored({ link, stored }: Located): void {
    this.#ours.set(link, Math.max(stored.seq, this.#ours.get(link) ?? 0))
  }

  /**
   * Waits until every root of the room has what we have put, for as long as something moves.
   *
   * @param patienceMs how long it may stand still.
   * @returns how many have it, and of how many
   */
  async copied(patienceMs: number): Promise<{ roots: number; of: number }> {
    for (let patience = new Stop(); ; patience = new Stop()) {
      const all = this.#parts.roots.all.filter(({ denial }) => denial === null)
      const roots = all.filter((link) => this.#has(link)).length
      if (roots === all.length) return { roots, of: all.length }
      const timer = setTimeout(() => patience.abort(), patienceMs)
      await this.#change(patience)
      clearTimeout(timer)
      if (patience.aborted) return { roots, of: all.length }
    }
  }

  /** Whether a root has all of ours that others have. */
  #has(to: FilesLink): boolean {
    return [...this.#ours].every(([from, seq]) => {
      if (from === to) return true
      const { courier } = this.#running.get(nameOf(from, to)) ?? {}
      return courier !== undefined && courier.place.seq > seq
    })
  }

  #changed(): void {
    const { roots } = this.#parts
    const open = roots.closed ? [] : roots.open
    for (const link of open) {
      const { index = null, seq = 0 } = link.open?.granted ?? {}
      if (!this.#first.has(link)) this.#first.set(link, { index, seq })
    }
    for (const [name, { courier, stop }] of this.#running) {
      if (open.includes(courier.from) && open.includes(courier.to)) continue
      stop.abort()
      this.#running.delete(name)
    }
    for (const from of open) for (const to of open) if (from !== to) void this.#start(from, to)
    this.#wake()
  }

  async #start(from: FilesLink, to: FilesLink): Promise<void> {
    const name = nameOf(from, to)
    if (this.#running.has(name)) return
    const stop = new Stop()
    const { author } = this.#parts
    const isOurs = ({ entry }: Located): boolean => b4a.equals(entry.author, author)
    const moved = (): void => this.#moved(courier)
    const first = this.#first.get(from) as Place
    const parts = { ...this.#parts, isOurs }
    const courier = new Courier(parts, { from, to, place: first }, moved, stop)
    this.#running.set(name, { courier, stop })
    const place = await this.#kept(from, to).catch(() => null) // then it begins as without a profile
    if (place !== null) courier.place = place
    await courier.run()
  }

  /** Where a courier goes on; null to begin with what changes from now on. */
  async #kept(from: FilesLink, to: FilesLink): Promise<Place | null> {
    const { profile } = this.#parts
    const [here, there] = [from.open?.granted, to.open?.granted]
    if (profile === null || here === undefined || there === undefined) return null
    const whole: Place = { index: here.index, seq: 0 }
    const bytes = await profile.get(this.#noteOf(from, to))
    if (bytes === null) {
      const alike = here.entries === there.entries && here.contentBytes === there.contentBytes
      return alike ? null : whole
    }
    const { to: index, ...place } = decode(placeCodec, bytes)
    const isSame = index !== null && there.index !== null && b4a.equals(index, there.index)
    return isSame ? place : whole
  }

  #moved(courier: Courier): void {
    const { from, to } = courier
    this.#parts.profile?.later(this.#noteOf(from, to), () =>
      encode(placeCodec, { ...courier.place, to: to.open?.granted.index ?? null })
    )
    this.#wake()
  }

  #noteOf(from: FilesLink, to: FilesLink): string {
    return `files/${this.#parts.room}/${nameOf(from, to)}`
  }

  #change(stop: Stop): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go)
        stop.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.add(go)
      stop.addEventListener('abort', go)
    })
  }

  #wake(): void {
    for (const go of [...this.#waiting]) go()
  }
}

function nameOf(from: FilesLink, to: FilesLink): string {
  return `${from.root}/${to.root}`
}
