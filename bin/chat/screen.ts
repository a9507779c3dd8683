// The terminal of a chat: lines come in at a prompt at the bottom, and are printed above it without
// disturbing what is being typed. Without a terminal, plain lines in and out.

import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline'
import type { Interface } from 'node:readline'

const PROMPT = '> '

export interface ScreenEvents {
  line: (text: string) => void
  /** Ctrl-D, Ctrl-C, the end of a pipe, or `close`. */
  end: () => void
}

export class Screen {
  /** Whether somebody sits at it. */
  readonly interactive: boolean
  readonly #readline: Interface
  #closed = false

  constructor({ line, end }: ScreenEvents) {
    this.interactive = process.stdin.isTTY && process.stdout.isTTY
    this.#readline = createInterface({
      input: process.stdin,
      ...(this.interactive ? { output: process.stdout, prompt: PROMPT } : { terminal: false })
    })
    this.#readline.on('line', (text) => {
      this.#eraseEntered(text)
      line(text)
      this.#prompt()
    })
    this.#readline.on('SIGINT', () => this.#readline.close())
    this.#readline.on('close', () => {
      this.#closed = true
      end()
    })
    this.#prompt()
  }

  /** Prints above the prompt. The text is fit for a terminal already. */
  print(text: string): void {
    if (!this.interactive || this.#closed) return void process.stdout.write(`${text}\n`)
    moveCursor(process.stdout, 0, -this.#readline.getCursorPos().rows)
    cursorTo(process.stdout, 0)
    clearScreenDown(process.stdout)
    process.stdout.write(`${text}\n`)
    this.#readline.prompt(true)
  }

  /** As `print`, for what is no message: kept out of a pipe. */
  note(text: string): void {
    if (this.interactive) this.print(text)
    else process.stderr.write(`${text}\n`)
  }

  close(): void {
    if (this.#closed) return
    this.#readline.close()
    if (!this.interactive) return
    cursorTo(process.stdout, 0)
    clearScreenDown(process.stdout)
  }

  #prompt(): void {
    if (this.interactive && !this.#closed) this.#readline.prompt()
  }

  /** What was entered is shown again as a message, once it is one. */
  #eraseEntered(text: string): void {
    if (!this.interactive) return
    const rows = Math.floor((PROMPT.length + text.length) / process.stdout.columns) + 1
    moveCursor(process.stdout, 0, -rows)
    cursorTo(process.stdout, 0)
    clearScreenDown(process.stdout)
  }
}
