// A window: how much a client may have sent and not yet been answered. One noun for both sides:
// the client waits while it is full, the root cuts off who overruns it.

import { wireLimits } from './limits.ts'

/** What one frame weighs in a window: its payload bytes, and 64 per message. */
export function weigh(payloads: readonly Uint8Array[]): number {
  let bytes = payloads.length * wireLimits.messageOverheadBytes
  for (const payload of payloads) bytes += payload.byteLength
  return bytes
}

export class Window {
  readonly bytesMax: number
  #bytes = 0

  constructor(bytesMax: number = wireLimits.windowBytes) {
    this.bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes a frame's weight; false, and nothing taken, if it does not fit. */
  take(weight: number): boolean {
    if (this.#bytes + weight > this.bytesMax) return false
    this.#bytes += weight
    return true
  }

  /** Gives back what an answered frame took. */
  release(weight: number): void {
    this.#bytes -= weight
  }
}
