// Declares hypercore-stats and hyperswarm-stats, of just what is called.

declare module 'hypercore-stats' {
  import type Corestore from 'corestore'
  import type { Gauge, GaugeConfiguration } from 'prom-client'

  export default class HypercoreStats {
    /** Follows every core that is opened, by a weak session each, until it closes. */
    static fromCorestore(corestore: Corestore): HypercoreStats
    readonly cores: ReadonlyMap<string, unknown>
    registerPrometheusMetrics(client: {
      Gauge: new (options: GaugeConfiguration<string>) => Gauge
    }): void
  }
}

declare module 'hyperswarm-stats' {
  import type Hyperswarm from 'hyperswarm'
  import type { Gauge, GaugeConfiguration } from 'prom-client'

  /** Includes the DHT's and UDX's. */
  export default class HyperswarmStats {
    constructor(swarm: Hyperswarm)
    registerPrometheusMetrics(client: {
      Gauge: new (options: GaugeConfiguration<string>) => Gauge
    }): void
  }
}
