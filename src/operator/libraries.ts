// The Prometheus series of the libraries and of the process, in a registry of their own. They look at every
// open core and connection, so they are gathered every few seconds at most, whoever asks. Only reads.

import type Corestore from 'corestore'
import HypercoreStats from 'hypercore-stats'
import type Hyperswarm from 'hyperswarm'
import HyperswarmStats from 'hyperswarm-stats'
import type { GaugeConfiguration } from 'prom-client'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

const FRESH_MS = 5000

export const CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE

export class LibrarySeries {
  readonly #now: () => number
  readonly #process = new Registry()
  /** One each: a library may add a series long after it was asked to, and a second one would throw. */
  readonly #ofCores = new Registry()
  readonly #ofSwarm = new Registry()
  #cores: HypercoreStats | null = null
  #text: Promise<string> | null = null
  #gatheredAt = 0

  /** @param now - milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now
    collectDefaultMetrics({ register: this.#process })
  }

  /** Before any core of it is open; again for each that takes its place. */
  watchCorestore(corestore: Corestore): void {
    this.#cores = HypercoreStats.fromCorestore(corestore)
    this.#register(this.#cores, this.#ofCores)
  }

  watchSwarm(swarm: Hyperswarm): void {
    this.#register(new HyperswarmStats(swarm), this.#ofSwarm)
  }

  /** Cores that are followed now. */
  get coresHeld(): number {
    return this.#cores?.cores.size ?? 0
  }

  /** In Prometheus' text format, at most a few seconds old. */
  async text(): Promise<string> {
    if (this.#text === null || this.#now() - this.#gatheredAt >= FRESH_MS) {
      this.#gatheredAt = this.#now()
      this.#text = Registry.merge([this.#process, this.#ofCores, this.#ofSwarm]).metrics()
    }
    try {
      return await this.#text
    } catch (err) {
      this.#text = null
      throw err
    }
  }

  /** Lets go of what the series look at. */
  close(): void {
    for (const registry of [this.#process, this.#ofCores, this.#ofSwarm]) registry.clear()
    this.#text = null
  }

  #register(library: HypercoreStats | HyperswarmStats, registry: Registry): void {
    registry.clear()
    library.registerPrometheusMetrics({ Gauge: gaugeIn(registry) })
    this.#text = null
  }
}

/** A gauge that registers itself there. */
function gaugeIn(registry: Registry): typeof Gauge {
  return class extends Gauge {
    constructor(options: GaugeConfiguration<string>) {
      super({ ...options, registers: [registry] })
    }

    /**
     * What the installed version of a library does not count is NaN, and spoils no other series. Labels
     * here are addresses, which nobody is shown.
     */
    override set(value: unknown): void {
      if (typeof value === 'object' && value !== null) return
      super.set(typeof value === 'number' ? value : NaN)
    }
  }
}
