// The keepers of a room's files: its roots, and before them, in a public space, its owner's own device. Which
// of them answers now, and waiting for one that does. Nothing is opened before files are wanted.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { RoomId } from '../../protocol/bytes.ts'
import type { RoomLink } from '../roots/room-link.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import { aborted, closed, passes, pause } from './failures.ts'
import { FilesLink } from './files-link.ts'

export class FileRoots {
  readonly #id: RoomId
  readonly #links: FilesLink[] = []
  /** The owner's device; null where it is not asked. */
  #owner: FilesLink | null = null
  /** Whether it was looked for, and is not there. */
  #ownerAway = false
  #leaveOwner: () => void = () => {}
  /** Those who wait for something to change. */
  readonly #waiting = new Set<() => void>()
  /** Told whenever one of them answers, or does so no more. */
  onchanged: () => void = () => {}
  #wanted = false
  #closed = false

  constructor(id: RoomId) {
    this.#id = id
  }

  /** Another root of the room. */
  add(room: RoomLink): void {
    this.#links.push(this.#link(room))
    this.#changed()
  }

  /** The owner's device: asked before the roots while it is there. */
  addOwner(room: RoomLink): void {
    this.#owner = this.#link(room)
    const told = (away: boolean) => (): void => {
      this.#ownerAway = away
      this.#changed()
    }
    const [up, missed] = [told(false), told(true)]
    room.link.on('up', up).on('missed', missed)
    this.#leaveOwner = () => room.link.off('up', up).off('missed', missed)
    this.#changed()
  }

  #link(room: RoomLink): FilesLink {
    const link = new FilesLink(room, this.#id)
    const changed = (): void => this.#changed()
    link.on('granted', changed).on('denied', changed).on('closed', changed)
    room.on('denied', changed)
    if (this.#wanted) link.want()
    return link
  }

  /** Those that answer now: the owner, then the roots in their order. */
  get open(): FilesLink[] {
    return this.all.filter(({ open }) => open !== null)
  }

  get all(): readonly FilesLink[] {
    return this.#owner === null ? this.#links : [this.#owner, ...this.#links]
  }

  /**
   * A root that answers: `wanted`, or else the first that does. Waits for one.
   *
   * @throws why none of them lets us in; `ABORTED`, `CLOSED`.
   */
  async some(signal?: StopSignal, wanted?: FilesLink): Promise<FilesLink> {
    this.#want()
    for (;;) {
      if (this.#closed) throw closed()
      if (signal?.aborted === true) throw aborted()
      const link = wanted === undefined || wanted.open === null ? this.open[0] : wanted
      if (link !== undefined && (wanted === undefined || link === wanted)) return link
      const denial = this.#denial(wanted)
      if (denial !== null) throw denial
      await this.#change(signal)
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * What `work` gives, at the first that answers; again when that goes away meanwhile.
   *
   * @throws as `some` does, and what `work` does otherwise
   */
  async ask<T>(work: (first: FilesLink) => Promise<T>, signal?: StopSignal): Promise<T> {
    for (let attempts = 0; ; attempts++) {
      const first = await this.some(signal)
      try {
        return await work(first)
      } catch (err) {
        if (!passes(err)) throw err
        await pause(attempts, signal)
      }
    }
  }

  suspend(): void {
    for (const link of this.all) link.suspend()
  }

  close(): void {
    this.#closed = true
    this.#leaveOwner()
    for (const link of this.all) link.close()
    this.#changed()
  }

  #want(): void {
    if (this.#wanted) return
    this.#wanted = true
    for (const link of this.all) link.want()
  }

  /** Why nobody will answer; null as long as somebody may. */
  #denial(wanted: FilesLink | undefined): RootPeerError | null {
    const owner = this.#owner
    // Of the owner's device nobody knows when it is there next: it is waited for as long as it is dialled.
    if (wanted === undefined && owner !== null && owner.denial === null && !this.#ownerAway)
      return null
    const links = wanted === undefined ? this.#links : [wanted]
    const denials = links.flatMap(({ denial }) => denial ?? [])
    return links.length > 0 && denials.length === links.length ? (denials[0] ?? null) : null
  }

  #change(signal: StopSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go)
        signal?.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.add(go)
      signal?.addEventListener('abort', go)
    })
  }

  #changed(): void {
    this.onchanged()
    for (const go of [...this.#waiting]) go()
  }
}
