// Turns: one after the other, in the order in which they were asked for.

export class Turns {
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  /** How many have asked and have not had their turn. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when all that asked before are done; call what it gives to be done as well. */
  async take(): Promise<() => void> {
    const before = this.#last
    let done = (): void => {}
    this.#last = new Promise((resolve) => {
      done = resolve
    })
    this.#waiting++
    await before
    this.#waiting--
    return done
  }
}
