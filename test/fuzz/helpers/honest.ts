// Honest members of one room, through all that others do: one writes, one follows, on DHT nodes of their
// own. What is written has to be read within a deadline, in every round.

import type { RootPeerClient, Room } from '../../../src/client/client.ts'

/** Long beside what a round takes, short beside for ever. The first one also has to find the root. */
const deadlineMs = 20_000
const firstMs = 60_000

export class Honest {
  readonly invite: string
  readonly #writer: Room
  readonly #name: string
  readonly #read = new Set<string>()
  #wake: () => void = () => {}
  rounds = 0
  slowestMs = 0

  static async enter(name: string, createClient: () => RootPeerClient): Promise<Honest> {
    const writer = await createClient().createRoom()
    const reader = await createClient().join(writer.invite)
    const honest = new Honest(name, writer)
    honest.#follow(reader).catch(() => {}) // the room was closed
    await honest.round()
    return honest
  }

  private constructor(name: string, writer: Room) {
    this.#name = name
    this.#writer = writer
    this.invite = writer.invite
  }

  /** One message, stored and read. Throws if that takes too long. */
  async round(): Promise<void> {
    const body = `${this.#name} ${this.rounds}`
    const began = Date.now()
    const ms = this.rounds === 0 ? firstMs : deadlineMs
    let patience: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_, reject) => {
      const stuck = new Error(`${body}: not stored and read within ${ms} ms`)
      patience = setTimeout(() => reject(stuck), ms)
    })
    try {
      await Promise.race([Promise.all([this.#writer.send(body), this.#seen(body)]), tooLong])
    } finally {
      clearTimeout(patience)
    }
    if (this.rounds++ > 0) this.slowestMs = Math.max(this.slowestMs, Date.now() - began)
  }

  async #seen(body: string): Promise<void> {
    while (!this.#read.delete(body)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #follow(reader: Room): Promise<void> {
    for await (const item of reader.read({ follow: true })) {
      if (!('body' in item) || !item.proven) continue // an intruder's
      this.#read.add(Buffer.from(item.body).toString())
      this.#wake()
    }
  }
}
