// The answers to stored frames of one room session: all of one commit leave together, and one whose sender
// is ahead of its pace waits, which holds back the sender's window and so slows it down.

import type { Stored } from '../protocol/room-channel.ts'

export interface Answer {
  stored: Stored
  /** What its frame holds of the window. */
  weight: number
}

interface Held extends Answer {
  /** By a clock that never jumps, in milliseconds. */
  due: number
}

export class Answers {
  readonly #send: (answers: readonly Answer[]) => void
  readonly #clock: () => number
  #ready: Answer[] = []
  /** In the order of their frames: none overtakes. */
  #held: Held[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(send: (answers: readonly Answer[]) => void, clock: () => number) {
    this.#send = send
    this.#clock = clock
  }

  /** @param due - when it may leave; 0 for at once */
  add(answer: Answer, due: number): void {
    if (this.#held.length > 0 || (due > 0 && due > this.#clock())) {
      this.#held.push({ ...answer, due })
      return this.#wait()
    }
    if (this.#ready.push(answer) === 1) queueMicrotask(() => this.#flush())
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#held = []
    this.#ready = []
  }

  #flush(): void {
    const answers = this.#ready
    this.#ready = []
    if (answers.length > 0) this.#send(answers)
  }

  #wait(): void {
    const [first] = this.#held
    if (first === undefined || this.#timer !== null) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        const now = this.#clock()
        const late = this.#held.findIndex(({ due }) => due > now)
        const out = this.#held.splice(0, late === -1 ? this.#held.length : late)
        this.#ready.push(...out)
        this.#flush()
        this.#wait()
      },
      Math.max(0, Math.ceil(first.due - this.#clock()))
    )
    this.#timer.unref()
  }
}
