// A generator that has begun before anybody takes from it, so that what it waits for is on its way.

export class Ahead<T> {
  readonly #from: AsyncGenerator<T>
  readonly #first: Promise<IteratorResult<T>>

  constructor(from: AsyncGenerator<T>) {
    this.#from = from
    this.#first = from.next()
    this.#first.catch(() => {}) // whoever takes from it is told
  }

  /** All that it gives. Throws as it does. */
  async *take(): AsyncGenerator<T> {
    try {
      for (let step = await this.#first; step.done !== true; step = await this.#from.next()) {
        yield step.value
      }
    } finally {
      await this.stop()
    }
  }

  /** Nobody takes the rest. */
  async stop(): Promise<void> {
    await this.#from.return(undefined)
  }
}
