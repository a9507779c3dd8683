// The operator's side of a root peer as a table of contents: journal, numbers, pages, service manager.
// Opened before the root peer, so that it can be asked while that opens, and closed after it. Reads the
// root peer and never steers it.

import type { Logger } from 'pino'
import { badConfig, reasonOf } from '../errors.ts'
import type { RootPeer } from '../root-peer.ts'
import { VERSION } from '../version.ts'
import { AdminServer } from './admin.ts'
import { Health } from './health.ts'
import { HttpServer } from './http.ts'
import { Journal } from './journal.ts'
import { LibrarySeries } from './libraries.ts'
import { listenTo } from './listening.ts'
import type { Phase } from './pages.ts'
import { pagesOf } from './pages.ts'
import { settles } from './patience.ts'
import { block, statusLine } from './report.ts'
import { OwnSeries } from './series.ts'
import { StatsSource } from './stats.ts'
import { Systemd } from './systemd.ts'

/** How often to see whether the sample of this hour is due. */
const SAMPLE_MS = 60_000
/** What is under way when it closes may take so long; then it ends with the process. */
const CLOSE_MS = 1000

export interface OperatorOptions {
  root: RootPeer
  log: Logger
  /** Null: no HTTP. `required` false: goes on without it if the port is taken. */
  http: { host: string; port: number; required: boolean } | null
  /** Time between two reports; 0: none. */
  statsIntervalMs: number
  /** Shows a report to people; null: it is a line of the log. */
  print: ((text: string) => void) | null
  /** Null: not started by systemd. */
  systemd: { env: Readonly<Record<string, string>>; watchdogMs: number | null } | null
}

export class Operator {
  readonly #options: OperatorOptions
  readonly #stats: StatsSource
  readonly #libraries: LibrarySeries
  readonly #journal: Journal
  readonly #health: Health
  readonly #systemd: Systemd | null
  readonly #stop: () => void
  #http: HttpServer | null = null
  #admin: AdminServer | null = null
  #phase: Phase = 'opening'
  #statsIntervalMs: number
  #reporting: NodeJS.Timeout | null = null
  #sampling: NodeJS.Timeout | null = null
  readonly #underway = new Map<string, Promise<void>>()

  /**
   * Before the root peer is ready; resolves once it can be asked.
   *
   * @throws `CONFIG` if it can't listen where it must
   */
  static async open(options: OperatorOptions): Promise<Operator> {
    const operator = new Operator(options)
    try {
      await operator.#listen()
    } catch (err) {
      await operator.close()
      throw err
    }
    return operator
  }

  private constructor(options: OperatorOptions) {
    this.#options = options
    this.#statsIntervalMs = options.statsIntervalMs
    const { root, log, systemd } = options
    const clock = (): number => performance.now()
    this.#stats = new StatsSource({ root, clock, now: Date.now })
    this.#libraries = new LibrarySeries(clock)
    this.#journal = new Journal(root, log, clock)
    this.#health = new Health({ probe: () => probe(root), now: clock })
    const complaint = (patienceMs: number): Promise<string | null> =>
      this.#health.complaint(patienceMs)
    this.#systemd = systemd && new Systemd({ ...systemd, log, complaint })
    this.#systemd?.status('opening')
    const tellStatus = (): void => this.#do('status', () => this.#tellStatus())
    this.#stop = listenTo(root, {
      corestore: (corestore) => this.#libraries.watchCorestore(corestore),
      swarm: (swarm) => this.#libraries.watchSwarm(swarm),
      ready: () => this.#onready(),
      shutdown: () => this.#onshutdown(),
      online: tellStatus,
      offline: tellStatus,
      'read-only': tellStatus,
      writable: tellStatus
    })
  }

  /** Where it can be asked; null without HTTP. */
  get address(): { host: string; port: number } | null {
    return this.#http?.address ?? null
  }

  reconfigure({ statsIntervalMs }: { statsIntervalMs: number }): void {
    this.#statsIntervalMs = statsIntervalMs
    if (this.#phase === 'ready') this.#startReports()
  }

  /** Has the service manager told that the configuration is read again, and when it was. */
  reloading(reload: () => void): void {
    const tell = this.#phase === 'ready' ? this.#systemd : null
    tell?.reloading()
    reload()
    tell?.reloaded()
  }

  /** After the root peer was closed. Resolves once everybody was told. */
  async close(): Promise<void> {
    this.#onshutdown()
    this.#stop()
    this.#stats.close()
    this.#journal.close()
    await settles(Promise.all(this.#underway.values()), CLOSE_MS)
    await this.#http?.close()
    await this.#admin?.close()
    await this.#systemd?.close()
    this.#libraries.close()
  }

  async #listen(): Promise<void> {
    const { http, root, log } = this.#options
    if (http === null) return
    const page = pagesOf({
      root,
      stats: this.#stats,
      own: new OwnSeries(VERSION),
      libraries: this.#libraries,
      phase: () => this.#phase,
      complaint: (patienceMs) => this.#health.complaint(patienceMs)
    })
    const failed = (err: unknown): void => log.warn({ error: reasonOf(err) }, 'a page failed')
    try {
      this.#http = await HttpServer.listen(http, page, failed)
    } catch (err) {
      const { host, port, required } = http
      const where = `${host}, port ${port} (${reasonOf(err)})`
      if (required || !isTaken(err)) {
        throw badConfig(`can't serve HTTP on ${where}: see --http-port and --http-host`)
      }
      log.warn(`no /metrics, /healthz, /readyz and /stats: can't serve HTTP on ${where}`)
    }
  }

  #onready(): void {
    this.#phase = 'ready'
    this.#systemd?.ready()
    this.#startReports()
    this.#sampling = setInterval(() => this.#do('sample', () => this.#stats.sample()), SAMPLE_MS)
    this.#sampling.unref()
    this.#do('admin', async () => {
      this.#admin = await AdminServer.listen(this.#options.root)
    })
    this.#do('sample', async () => {
      await this.#stats.remember()
      await this.#stats.sample()
      await this.#tellStatus()
    })
  }

  #onshutdown(): void {
    if (this.#reporting !== null) clearInterval(this.#reporting)
    if (this.#sampling !== null) clearInterval(this.#sampling)
    if (this.#phase === 'ready') this.#systemd?.stopping()
    this.#phase = 'closing'
  }

  #startReports(): void {
    if (this.#reporting !== null) clearInterval(this.#reporting)
    this.#reporting = null
    if (this.#statsIntervalMs === 0) return
    const report = (): void => this.#do('report', () => this.#report())
    this.#reporting = setInterval(report, this.#statsIntervalMs)
    this.#reporting.unref()
  }

  async #report(): Promise<void> {
    const { log, print } = this.#options
    this.#journal.flush()
    const stats = await this.#stats.read()
    if (this.#phase !== 'ready') return
    this.#systemd?.status(statusLine(stats))
    if (!log.isLevelEnabled('info')) return
    // Logs are kept, and handed on: no addresses.
    const { talkers: _, ...rest } = stats
    if (print === null) return log.info(rest, 'stats')
    log.info('stats')
    print(block(stats))
  }

  async #tellStatus(): Promise<void> {
    if (this.#systemd === null || this.#phase !== 'ready') return
    this.#systemd.status(statusLine(await this.#stats.read()))
  }

  /** In the background, and not again while it is under way: numbers are never a reason to fail, or to wait. */
  #do(what: string, work: () => Promise<void>): void {
    if (this.#underway.has(what)) return
    const { log } = this.#options
    const done = work()
      .catch((err: unknown) => {
        if (this.#phase === 'ready') log.warn({ error: reasonOf(err) }, `${what} failed`)
      })
      .finally(() => this.#underway.delete(what))
    this.#underway.set(what, done)
  }
}

/** A store that is full may refuse, or be closed to be opened anew: it does answer, and a restart won't help. */
async function probe(root: RootPeer): Promise<void> {
  try {
    await root.probe()
  } catch (err) {
    if (root.writable) throw err
  }
}

function isTaken(err: unknown): boolean {
  return (err as NodeJS.ErrnoException).code === 'EADDRINUSE'
}
