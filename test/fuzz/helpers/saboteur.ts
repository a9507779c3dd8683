// A saboteur sits between an honest mux and its stream: what goes out is damaged, doubled, held back,
// lost, or has company. Counts what it forged. Never touches what comes in.

import b4a from 'b4a'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { Dice } from './dice.ts'
import type { Forge } from './forge.ts'

export interface SaboteurOptions {
  dice: Dice
  forge: Forge
  /** How often an honest frame is not left alone. */
  rate: number
  /** Honest frames that pass first. */
  patience: number
  /** How many forged frames are sent along with a frame that is not left alone, at the most. */
  company: number
}

export class Saboteur {
  readonly #stream: NoiseSecretStream
  readonly #options: SaboteurOptions
  readonly #write: (frame: Uint8Array) => boolean
  #patience: number
  #held: Uint8Array | null = null
  /** Frames sent that no honest peer would have sent there. */
  forged = 0

  constructor(stream: NoiseSecretStream, options: SaboteurOptions) {
    this.#stream = stream
    this.#options = options
    this.#patience = options.patience
    this.#write = stream.write.bind(stream)
    stream.write = (frame) => this.#tamper(b4a.from(frame as Uint8Array)) // a mux writes bytes
  }

  /** Sends a forged frame of its own accord. */
  strike(frame: Uint8Array = this.#options.forge.any()): boolean {
    if (this.#stream.destroying) return true
    this.forged++
    return this.#write(frame)
  }

  #tamper(frame: Uint8Array): boolean {
    const { dice, forge, rate, company } = this.#options
    forge.see(frame)
    if (this.#patience-- > 0 || !dice.chance(rate)) return this.#pass(frame)
    for (let i = dice.below(company + 1); i > 0; i--) this.strike()
    switch (dice.below(6)) {
      case 0: // lost
        this.forged++
        return true
      case 1: // doubled
        this.strike(b4a.from(frame))
        return this.#pass(frame)
      case 2: // held back, behind the next one
        this.#pass(this.#held)
        this.#held = frame
        return true
      case 3:
        return this.#pass(frame)
      default:
        return this.strike(forge.damaged(frame))
    }
  }

  #pass(frame: Uint8Array | null): boolean {
    if (frame === null || this.#stream.destroying) return true
    const more = this.#write(frame)
    if (this.#held === null) return more
    const held = this.#held
    this.#held = null
    return this.strike(held)
  }
}
