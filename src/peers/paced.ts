// Answers that wait until their sender is not ahead of its pace any more, in their order: what they hold of
// its window holds it back meanwhile.

interface Held {
  /** By a clock that never jumps, in milliseconds. */
  due: number
  answer: () => void
}

export class Paced {
  readonly #held: Held[] = []
  #timer: NodeJS.Timeout | null = null

  /** Answers after so many milliseconds, or at once; none overtakes. */
  add(delayMs: number, answer: () => void): void {
    if (delayMs === 0 && this.#held.length === 0) return answer()
    this.#held.push({ due: performance.now() + delayMs, answer })
    this.#wait()
  }

  /** What waits is not answered any more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#held.length = 0
  }

  #wait(): void {
    const [first] = this.#held
    if (first === undefined || this.#timer !== null) return
    const answerAll = (): void => {
      this.#timer = null
      const now = performance.now()
      const late = this.#held.findIndex(({ due }) => due > now)
      for (const { answer } of this.#held.splice(0, late === -1 ? this.#held.length : late))
        answer()
      this.#wait()
    }
    this.#timer = setTimeout(answerAll, Math.max(0, Math.ceil(first.due - performance.now())))
    this.#timer.unref()
  }
}
