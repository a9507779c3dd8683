// Waits that end: by what is waited for, by time, or all at once when the app is suspended, so that no
// timer is left.

export class Patience {
  readonly #ends = new Set<() => void>()

  /** What the work gives; null if that takes too long. Rejects as the work does. */
  wait<T>(work: Promise<T>, ms: number): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#ends.delete(end)
        resolve(null)
      }
      const timer = setTimeout(end, ms)
      this.#ends.add(end)
      work.then(resolve, reject).finally(end)
    })
  }

  /** Ends every wait now. */
  end(): void {
    for (const end of [...this.#ends]) end()
  }
}
