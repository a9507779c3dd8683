// How many connections each address has. Holds nothing for an address that has none.

export class Addresses {
  /** Connections that one address may have. Those over it stay when it is lowered. */
  most: number
  readonly #counts = new Map<string, number>()

  constructor(most: number) {
    this.most = most
  }

  /** Addresses that have connections. */
  get size(): number {
    return this.#counts.size
  }

  /** Counts one more; false, and nothing counted, if it has as many as it may. */
  take(address: string): boolean {
    const count = this.#counts.get(address) ?? 0
    if (count >= this.most) return false
    this.#counts.set(address, count + 1)
    return true
  }

  /** One that was counted is gone. */
  release(address: string): void {
    const count = this.#counts.get(address) ?? 0
    if (count > 1) this.#counts.set(address, count - 1)
    else this.#counts.delete(address)
  }
}
