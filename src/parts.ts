// How far each part of a root peer is. Never knows what a part does.

/** What a root peer is made of, in the order in which it opens. */
export const PARTS = ['store', 'rooms', 'files', 'access', 'directory', 'peers', 'swarm'] as const

export type PartName = (typeof PARTS)[number]

export type PartState = 'closed' | 'opening' | 'open' | 'failed'

export type PartStates = Readonly<Record<PartName, PartState>>

export class Parts {
  readonly #states: Record<PartName, PartState> = {
    store: 'closed',
    rooms: 'closed',
    files: 'closed',
    access: 'closed',
    directory: 'closed',
    peers: 'closed',
    swarm: 'closed'
  }

  /** As of now. */
  get states(): PartStates {
    return { ...this.#states }
  }

  /** Does the work that opens a part, and keeps account of it. */
  async open<T>(name: PartName, work: () => T | Promise<T>): Promise<T> {
    this.#states[name] = 'opening'
    try {
      const part = await work()
      this.#states[name] = 'open'
      return part
    } catch (err) {
      this.#states[name] = 'failed'
      throw err
    }
  }

  failed(name: PartName): void {
    this.#states[name] = 'failed'
  }

  /** All are closed; what has failed stays so. */
  closed(): void {
    for (const name of PARTS) if (this.#states[name] !== 'failed') this.#states[name] = 'closed'
  }
}
