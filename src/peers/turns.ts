// Turns: one after the other, in the order in which they were asked for.

export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when all that asked before are done; call what it gives to be done as well. */
  async take(): Promise<() => void> {
    const before = this.#last
    let done = (): void => {}
    this.#last = new Promise((resolve) => {
      done = resolve
    })
    await before
    return done
  }
}
