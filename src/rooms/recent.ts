// The newest pages of a log, in memory: what followers at its end are sent, and nobody reads from disk.

import { limits } from '../limits.ts'
import type { StoredPage } from './pager.ts'

export interface RecentPage extends StoredPage {
  segment: number
  block: number
}

/** Pages in a row, of one segment, and the number that comes after them. */
export interface RecentRun {
  segment: number
  block: number
  pages: Uint8Array[]
  next: number
}

export class Recent {
  #pages: RecentPage[] = []
  #bytes = 0

  /** Adds the page that comes next; the oldest make room. */
  add(page: RecentPage): void {
    this.#pages.push(page)
    this.#bytes += page.bytes.byteLength
    while (this.#bytes > limits.roomCacheBytesMax && this.#pages.length > 1) {
      this.#bytes -= (this.#pages.shift() as RecentPage).bytes.byteLength
    }
  }

  /** The pages from the one that holds `number` up to `until`, rounded up to a whole one; null if it is not here. */
  from(number: number, until: number): RecentRun | null {
    const from = this.#indexOf(number)
    if (from === -1) return null
    const { segment, block, first } = this.#pages[from] as RecentPage
    const run: RecentRun = { segment, block, pages: [], next: first }
    let bytes = 0
    for (let i = from; i < this.#pages.length; i++) {
      const page = this.#pages[i] as RecentPage
      if (page.segment !== segment || run.pages.length === limits.pagesCountMax) break
      bytes += page.bytes.byteLength
      if (run.pages.length > 0 && (bytes > limits.pagesBytesMax || page.first >= until)) break
      run.pages.push(page.bytes)
      run.next = page.first + page.count
    }
    return run
  }

  clear(): void {
    this.#pages = []
    this.#bytes = 0
  }

  #indexOf(number: number): number {
    const [first] = this.#pages
    if (first === undefined || number < first.first) return -1
    let low = 0
    let high = this.#pages.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#pages[middle] as RecentPage).first <= number) low = middle
      else high = middle - 1
    }
    const page = this.#pages[low] as RecentPage
    return number < page.first + page.count ? low : -1
  }
}
