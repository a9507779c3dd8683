// The log that the demo sends: one file or several, as lines of bytes. Never more of it in memory than
// one line, however large it is.

import { createReadStream, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { badConfig, reasonOf } from '../../src/errors.ts'
import { wireLimits } from '../../src/protocol/protocol.ts'
import { splitLines } from '../lines.ts'

const BUNDLED = 'test/fixtures/ubuntu-irc'

export class Log {
  readonly #files: readonly string[]
  lines = 0
  bytes = 0
  /** Some of the lines that are long enough to be told from chance, spread over all. */
  readonly samples: Buffer[] = []

  private constructor(files: readonly string[]) {
    this.#files = files
  }

  /**
   * Reads it once, to know how much it is.
   *
   * @param file - the bundled days of a real chat, if not given
   * @throws `CONFIG` if it can't be read or is empty, `TOO_LARGE` for a line that no message can hold
   */
  static async open(file: string | undefined): Promise<Log> {
    const log = new Log(file === undefined ? bundledFiles() : [file])
    try {
      for await (const line of log.read()) {
        log.lines++
        log.bytes += line.byteLength + 1
        log.#sample(line)
      }
    } catch (err) {
      if ((err as NodeJS.ErrnoException).syscall === undefined) throw err
      throw badConfig(`can't read the log: ${reasonOf(err)}`)
    }
    if (log.lines === 0) throw badConfig(`${file ?? BUNDLED} is empty: there is nothing to send`)
    return log
  }

  /** Its name for people. */
  get name(): string {
    const [first] = this.#files
    if (this.#files.length === 1 && first !== undefined) return first
    return `${this.#files.length} days of the #ubuntu channel (${BUNDLED})`
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (const file of this.#files) {
      for await (const lines of splitLines(createReadStream(file), wireLimits.bodyBytesMax)) {
        yield* lines
      }
    }
  }

  /** Keeps every line at first, then every other one, and so on: always spread, never many. */
  #sample(line: Uint8Array): void {
    if (line.byteLength < SAMPLE_BYTES_MIN || this.lines % this.#every !== 0) return
    this.samples.push(Buffer.from(line))
    if (this.samples.length < SAMPLES_MAX) return
    const kept = this.samples.filter((_, i) => i % 2 === 0)
    this.samples.splice(0, this.samples.length, ...kept)
    this.#every *= 2
  }

  #every = 1
}

const SAMPLE_BYTES_MIN = 24
const SAMPLES_MAX = 64

function bundledFiles(): string[] {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const bundled = path.join(folder, BUNDLED)
    if (existsSync(bundled)) {
      const names = readdirSync(bundled).filter((name) => /^\d.*\.txt$/.test(name))
      return names.sort().map((name) => path.join(bundled, name))
    }
    if (folder === path.dirname(folder)) {
      throw badConfig('the bundled chat log is missing: give one with --file')
    }
  }
}
