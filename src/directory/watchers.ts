// Who wants to know of whom. A watcher is a few names, and a place among the latest changes of those who
// are listed: nothing is done for it by a change of somebody it did not ask for.

import { limits } from '../limits.ts'

export class Watcher {
  /** Identities, in hex. */
  readonly named: ReadonlySet<string>
  readonly listed: boolean
  /** Told of what is new, whenever that may be. */
  readonly wake: () => void
  /** Of those that are named, who has changed. */
  readonly changed: Set<string>
  /** What it knows of the changes of those who are listed. */
  place = 0

  constructor(named: Iterable<string>, listed: boolean, wake: () => void) {
    this.named = new Set(named)
    this.listed = listed
    this.wake = wake
    this.changed = new Set(this.named) // how these stand is told at once
  }
}

/** What a watcher is to be told: of these, or that too many have changed. */
export type News = readonly string[] | 'reset'

export class Watchers {
  readonly #byName = new Map<string, Set<Watcher>>()
  readonly #ofListed = new Set<Watcher>()
  /** Who is listed, or was, and has changed: with the number of the last change, in their order. */
  readonly #latest = new Map<string, number>()
  /** The number of the last change, and of the last one that is remembered no more. */
  #at = 0
  #forgotten = 0
  readonly #toWake = new Set<Watcher>()
  #timer: NodeJS.Timeout | null = null

  add(watcher: Watcher): void {
    for (const key of watcher.named) {
      const watchers = this.#byName.get(key) ?? new Set()
      watchers.add(watcher)
      this.#byName.set(key, watchers)
    }
    watcher.place = this.#at
    if (watcher.listed) this.#ofListed.add(watcher)
  }

  remove(watcher: Watcher): void {
    for (const key of watcher.named) {
      const watchers = this.#byName.get(key)
      watchers?.delete(watcher)
      if (watchers?.size === 0) this.#byName.delete(key)
    }
    this.#ofListed.delete(watcher)
    this.#toWake.delete(watcher)
  }

  /** Somebody has changed. @param listed whether they are listed, or were before. */
  changed(key: string, listed: boolean): void {
    for (const watcher of this.#byName.get(key) ?? []) {
      watcher.changed.add(key)
      this.#toWake.add(watcher)
    }
    if (listed) this.#listedChanged(key)
    if (this.#timer !== null || this.#toWake.size === 0) return
    // Changes come in crowds: gathered, they are told together.
    this.#timer = setTimeout(() => this.#wake(), limits.presenceMs)
    this.#timer.unref()
  }

  /** The next that a watcher is to be told; null if there is nothing. What is taken is not told again. */
  take(watcher: Watcher): News | null {
    if (watcher.listed && watcher.place < this.#forgotten) {
      watcher.place = this.#at
      return 'reset'
    }
    const news: string[] = []
    for (const key of watcher.changed) {
      if (news.length === limits.peopleMax) return news
      watcher.changed.delete(key)
      news.push(key)
    }
    if (!watcher.listed || watcher.place === this.#at) return news.length > 0 ? news : null
    for (const [key, at] of this.#latest) {
      if (at <= watcher.place || watcher.named.has(key)) continue
      if (news.length === limits.peopleMax) return news
      watcher.place = at
      news.push(key)
    }
    watcher.place = this.#at
    return news.length > 0 ? news : null
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #listedChanged(key: string): void {
    this.#latest.delete(key)
    this.#latest.set(key, ++this.#at)
    for (const watcher of this.#ofListed) this.#toWake.add(watcher)
    if (this.#latest.size <= limits.listedChangesMax) return
    for (const [oldest, at] of this.#latest) {
      this.#latest.delete(oldest)
      this.#forgotten = at
      break
    }
  }

  #wake(): void {
    this.#timer = null
    const watchers = [...this.#toWake]
    this.#toWake.clear()
    for (const watcher of watchers) watcher.wake()
  }
}
