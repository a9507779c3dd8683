// Progress of long work on stderr: one line that is written over, on a terminal only. Owns that line.

const EVERY_MS = 250
/** Work that is done sooner shows nothing. */
const PATIENCE_MS = 800

export class Progress {
  readonly #text: () => string
  readonly #timer: NodeJS.Timeout | null
  #shown = false

  /**
   * @param text - asked for a few times a second
   * @param wanted - false where something else is shown already
   */
  constructor(text: () => string, wanted = true) {
    this.#text = text
    const begin = Date.now() + PATIENCE_MS
    const tick = (): void => {
      if (Date.now() >= begin) this.#show()
    }
    this.#timer = wanted && process.stderr.isTTY ? setInterval(tick, EVERY_MS).unref() : null
  }

  /** Removes the line, so that something else may be said. */
  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[2K')
    this.#shown = false
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.clear()
  }

  #show(): void {
    const width = process.stderr.columns - 1
    process.stderr.write(`\r\x1b[2K${this.#text().slice(0, width)}`)
    this.#shown = true
  }
}
