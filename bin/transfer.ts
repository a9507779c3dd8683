// A transfer of files as people see it: a bar on a terminal, a line for each file to programs, and a
// sentence at the end. Moves nothing itself.

import type { Mirrored, MirrorOptions } from '../src/mirror/mirror.ts'
import type { Interruption } from './interruption.ts'
import { bytesText, count, durationText, visible } from './display.ts'
import { writeJson } from './output.ts'
import { Progress } from './progress.ts'
import { say } from './session.ts'
import type { Settings } from './settings.ts'

const BAR_WIDTH = 24

export class Transfer {
  readonly #startedAt = Date.now()
  readonly #progress: Progress
  readonly #verb: string
  #bytes = 0
  /** Of how many; 0 if that is not known. */
  #total = 0
  #files = 0

  /** @param verb `sent` or `fetched`. */
  constructor(verb: string) {
    this.#verb = verb
    this.#progress = new Progress(() => this.#line())
  }

  /** So many bytes of so many, of one file. */
  of(bytes: number, total: number): void {
    this.#bytes = bytes
    this.#total = total
  }

  /** What a mirror is to tell us. */
  options({ json, keep, prune }: Settings, interruption: Interruption): MirrorOptions {
    return {
      prune,
      signal: interruption.signal,
      ...(keep === undefined ? {} : { versions: keep }),
      onfile: (path, what) => {
        this.#files++
        if (json) void writeJson({ path, what })
      },
      onprogress: (bytes) => {
        this.#bytes += bytes
      },
      onskipped: ({ path, reason }) => {
        this.#progress.clear()
        say(`left out: ${visible(path)}: ${visible(reason)}`)
      }
    }
  }

  stop(): void {
    this.#progress.stop()
  }

  /** Says what came of it. */
  conclude({ sent, equal, deleted, skipped, bytes }: Mirrored): void {
    this.stop()
    say(
      [
        `${count(sent, 'file')} ${this.#verb}`,
        ...(equal > 0 ? [`, ${equal.toLocaleString('en-US')} equal already`] : []),
        ...(deleted > 0 ? [`, ${deleted.toLocaleString('en-US')} deleted`] : []),
        ...(skipped > 0 ? [`, ${skipped.toLocaleString('en-US')} left out`] : []),
        `; ${bytesText(bytes)} in ${durationText(Date.now() - this.#startedAt)}`
      ].join('')
    )
  }

  #line(): string {
    const seconds = Math.max(1, Date.now() - this.#startedAt) / 1000
    const speed = `${bytesText(this.#bytes / seconds)}/s`
    if (this.#total === 0) {
      return `${count(this.#files, 'file')}, ${bytesText(this.#bytes)} ${this.#verb}, ${speed}`
    }
    const part = this.#bytes / this.#total
    const done = Math.round(part * BAR_WIDTH)
    const bar = `${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}`
    return `[${bar}] ${Math.floor(part * 100)} % of ${bytesText(this.#total)}, ${speed}`
  }
}
