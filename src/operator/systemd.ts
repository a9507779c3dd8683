// What the service manager is told: ready, status, reloading, stopping, and that we are alive. Through the
// program systemd-notify, because a daemon that strangers talk to should not load one more native addon.
// Never reads the environment, and never judges health itself.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Logger } from 'pino'
import { reasonOf } from '../errors.ts'

const NOTIFY_MS = 5000
/** A sign of life is due so many times within the time after which systemd gives up. */
const SIGNS = 3
const STATUS_MS = 3000

export interface SystemdOptions {
  /** What systemd-notify runs with: NOTIFY_SOCKET, and PATH to be found. */
  env: Readonly<Record<string, string>>
  /** systemd restarts us without a sign of life for so long; null: it does not wait for one. */
  watchdogMs: number | null
  log: Logger
  /** What is wrong; null if all is well. Given up on after so long. */
  complaint: (patienceMs: number) => Promise<string | null>
}

export class Systemd {
  readonly #options: SystemdOptions
  #last: Promise<void> = Promise.resolve()
  #watchdog: NodeJS.Timeout | null = null
  #watching = false
  #status = ''
  #toldAt = -Infinity
  #telling: NodeJS.Timeout | null = null
  #missing = false

  constructor(options: SystemdOptions) {
    this.#options = options
  }

  /** Serving: from now on signs of life are due. */
  ready(): void {
    void this.#notify('READY=1')
    this.#watch()
  }

  /** One line for `systemctl status`; a later one within seconds takes its place. */
  status(text: string): void {
    this.#status = text
    if (this.#telling !== null) return
    const wait = Math.max(0, this.#toldAt + STATUS_MS - performance.now())
    this.#telling = setTimeout(() => {
      this.#telling = null
      this.#toldAt = performance.now()
      void this.#notify(`STATUS=${this.#status}`)
    }, wait)
    this.#telling.unref()
  }

  reloading(): void {
    void this.#notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  reloaded(): void {
    void this.#notify('READY=1')
  }

  stopping(): void {
    this.#stopTimers()
    void this.#notify('STOPPING=1')
  }

  /** Resolves once all is said. */
  async close(): Promise<void> {
    this.#stopTimers()
    await this.#last
  }

  #stopTimers(): void {
    if (this.#watchdog !== null) clearInterval(this.#watchdog)
    if (this.#telling !== null) clearTimeout(this.#telling)
  }

  #watch(): void {
    const { watchdogMs } = this.#options
    if (watchdogMs === null || this.#watchdog !== null) return
    const everyMs = watchdogMs / SIGNS
    const live = (): void => {
      this.#live(everyMs).catch(() => {})
    }
    this.#watchdog = setInterval(live, everyMs)
    live()
  }

  /** A timer that fires says that the event loop runs; the complaint, or none, speaks for the store. */
  async #live(patienceMs: number): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    try {
      const { complaint, log } = this.#options
      const wrong = await complaint(patienceMs)
      if (wrong === null) await this.#notify('WATCHDOG=1')
      else log.error({ reason: wrong }, 'no sign of life for systemd, which will restart us')
    } finally {
      this.#watching = false
    }
  }

  /** One at a time: they must arrive in order. Never rejects. */
  #notify(...what: string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#run(what))
    return this.#last
  }

  async #run(what: readonly string[]): Promise<void> {
    if (this.#missing) return
    const { env, log } = this.#options
    const reason = await tell(what, env).catch((err: unknown) => {
      this.#missing = (err as NodeJS.ErrnoException).code === 'ENOENT'
      return reasonOf(err)
    })
    if (this.#missing) {
      log.warn('systemd-notify is not installed: systemd is told nothing, so use Type=exec')
    } else if (reason !== null) {
      log.warn({ reason }, 'systemd could not be told')
    }
  }
}

/**
 * Resolves with what went wrong; null if it was told.
 *
 * @throws if the program can't be run: Node says so of some reasons by an event, of others (no memory for
 * one more process) by an exception
 */
async function tell(
  what: readonly string[],
  env: Readonly<Record<string, string>>
): Promise<string | null> {
  const child = spawn('systemd-notify', what, { env, stdio: 'ignore', timeout: NOTIFY_MS })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code === 0 ? null : `it ended with ${code ?? signal}`
}
