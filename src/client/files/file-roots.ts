// The roots of a room as keepers of its files: which of them answers now, and waiting for one that does.
// Asks none of them anything; nothing is opened at a root before files are wanted.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { RoomId } from '../../protocol/bytes.ts'
import type { RoomLink } from '../roots/room-link.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import { aborted, closed } from './failures.ts'
import { FilesLink } from './files-link.ts'

export class FileRoots {
  readonly #id: RoomId
  readonly #links: FilesLink[] = []
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
    const link = new FilesLink(room, this.#id)
    this.#links.push(link)
    const changed = (): void => this.#changed()
    link.on('granted', changed).on('denied', changed).on('closed', changed)
    room.on('denied', changed)
    if (this.#wanted) link.want()
    this.#changed()
  }

  /** Those that answer now, in the order of the room's roots. */
  get open(): FilesLink[] {
    return this.#links.filter(({ open }) => open !== null)
  }

  get all(): readonly FilesLink[] {
    return this.#links
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

  suspend(): void {
    for (const link of this.#links) link.suspend()
  }

  close(): void {
    this.#closed = true
    for (const link of this.#links) link.close()
    this.#changed()
  }

  #want(): void {
    if (this.#wanted) return
    this.#wanted = true
    for (const link of this.#links) link.want()
  }

  /** Why nobody will answer; null as long as somebody may. */
  #denial(wanted: FilesLink | undefined): RootPeerError | null {
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
