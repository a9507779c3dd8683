// What a process of ours holds in memory, looked at from outside while it works.

import { readFileSync } from 'node:fs'

const MiB = 1024 * 1024
const everyMs = 100

export class MemoryWatch {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  readonly startMiB: number
  peakMiB: number

  constructor(pid: number) {
    this.#pid = pid
    this.startMiB = this.peakMiB = residentMiB(pid)
    this.#timer = setInterval(() => void this.nowMiB(), everyMs)
  }

  nowMiB(): number {
    const now = residentMiB(this.#pid)
    this.peakMiB = Math.max(this.peakMiB, now)
    return now
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Resident memory; 0 for a process that is gone, or where there is no /proc to ask. */
function residentMiB(pid: number): number {
  try {
    const [, kib = '0'] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round((Number(kib) * 1024) / MiB)
  } catch {
    return 0
  }
}
