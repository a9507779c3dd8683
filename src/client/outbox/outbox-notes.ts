// The outbox of one room as the profile keeps it: the author's chain, the entries, and what each root
// has of them. Owns their names and their bytes; decides nothing.

import type { ChainId, CoreKey, MessageHash } from '../../protocol/bytes.ts'
import { bytes, decode, encode, kept, list, optional, struct, uint } from '../../protocol/codec.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { ChainState, SealedFrame } from './author.ts'
import type { Debt, Mark } from './debt.ts'
import type { Profile } from '../profile/profile.ts'

const chainCodec = struct({
  generation: uint,
  chain: kept<ChainId>(16),
  number: uint,
  previous: kept<MessageHash>(32),
  givenUp: list(struct({ number: uint, id: kept<MessageHash>(32) }), 2 ** 32)
})

const entryCodec = struct({
  chain: kept<ChainId>(16),
  number: uint,
  ids: list(kept<MessageHash>(32), wireLimits.frameMessagesMax),
  payloads: list(bytes(wireLimits.payloadBytesMax), wireLimits.frameMessagesMax)
})

const rootCodec = struct({
  done: uint,
  floor: optional(struct({ coreKey: optional(kept<CoreKey>(32)), next: uint }))
})

/** What a profile has of an outbox. */
export interface KeptOutbox {
  /** Null if a new one must be drawn. */
  chain: ChainState | null
  /** In order. */
  entries: { seq: number; frame: SealedFrame }[]
  roots: { root: string; done: number; floor: Mark | null }[]
}

export class OutboxNotes {
  readonly #profile: Profile
  readonly #prefix: string

  /** @param room the room's id as people read it. */
  constructor(profile: Profile, room: string) {
    this.#profile = profile
    this.#prefix = `outbox/${room}`
  }

  /** What was kept of it, by whichever run. */
  async load(): Promise<KeptOutbox> {
    await this.#profile.settle()
    const [chain, entries, roots] = await Promise.all([
      this.#profile.get(this.#chainName),
      this.#profile.list(`${this.#prefix}/entry/`),
      this.#profile.list(`${this.#prefix}/root/`)
    ])
    return {
      chain: this.#usable(chain),
      entries: entries.map(({ name, value }) => ({
        seq: Number.parseInt(lastPart(name), 16),
        frame: decode(entryCodec, value)
      })),
      roots: roots.map(({ name, value }) => ({ root: lastPart(name), ...decode(rootCodec, value) }))
    }
  }

  /**
   * Keeps an entry, with the chain as it is behind it, and with roots that it is sent to next.
   *
   * @throws `PROFILE_FAILED`
   */
  keep(seq: number, frame: SealedFrame, chain: ChainState, debts: readonly Debt[]): Promise<void> {
    return this.#profile.write([
      { name: this.#entryName(seq), value: encode(entryCodec, frame) },
      { name: this.#chainName, value: this.#chainBytes(chain) },
      ...debts.map((debt) => ({ name: this.#rootName(debt), value: encode(rootCodec, debt) }))
    ])
  }

  /** An entry is done with. */
  forget(seq: number): void {
    this.#profile.later(this.#entryName(seq), () => null)
  }

  /** The chain has changed without an entry. */
  chainLater(chain: () => ChainState): void {
    this.#profile.later(this.#chainName, () => this.#chainBytes(chain()))
  }

  /** What a root has; an older state of it is as good. */
  rootLater(debt: Debt): void {
    this.#profile.later(this.#rootName(debt), () => encode(rootCodec, debt))
  }

  /** What a root has, before something is sent there for the first time. Throws `PROFILE_FAILED`. */
  root(debt: Debt): Promise<void> {
    return this.#profile.write([{ name: this.#rootName(debt), value: encode(rootCodec, debt) }])
  }

  get #chainName(): string {
    return `${this.#prefix}/chain`
  }

  #entryName(seq: number): string {
    return `${this.#prefix}/entry/${seq.toString(16).padStart(14, '0')}`
  }

  #rootName({ root }: Debt): string {
    return `${this.#prefix}/root/${root}`
  }

  #chainBytes(chain: ChainState): Uint8Array {
    return encode(chainCodec, { generation: this.#profile.generation, ...chain })
  }

  // One that was written before the profile may have gone back in time might use a number twice.
  #usable(written: Uint8Array | null): ChainState | null {
    if (written === null) return null
    const { generation, ...chain } = decode(chainCodec, written)
    return generation === this.#profile.generation ? chain : null
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
