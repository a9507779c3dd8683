// SIGHUP while the daemon runs: reads the configuration again, applies what can be applied, says the rest.
// Never changes anything if anything is wrong.

import { reasonOf } from '../src/errors.ts'
import type { Operator } from '../src/operator/operator.ts'
import type { RootPeer } from '../src/root-peer.ts'
import { reload } from './config/reload.ts'
import type { Logger } from './logger.ts'
import { reconfigurationOf } from './root-config.ts'
import type { Settings } from './settings.ts'

export class Reloading {
  #settings: Settings
  readonly #parts: { root: RootPeer; operator: Operator; log: Logger }

  constructor(settings: Settings, parts: { root: RootPeer; operator: Operator; log: Logger }) {
    this.#settings = settings
    this.#parts = parts
  }

  /** Never throws: what is wrong is in the log. */
  run(): void {
    this.#parts.operator.reloading(() => this.#reload())
  }

  #reload(): void {
    const { root, operator, log } = this.#parts
    try {
      const { settings, changed, needRestart } = reload(this.#settings)
      root.reconfigure(reconfigurationOf(settings))
      operator.reconfigure({ statsIntervalMs: settings.statsInterval * 1000 })
      this.#settings = settings
      // Said at the old level or the new one, whichever says more: who asked wants to know.
      const say = (): void => {
        log.info({ changed }, changed.length === 0 ? 'reloaded: nothing changed' : 'reloaded')
        if (needRestart.length > 0) log.warn({ needRestart }, 'these take effect at the next start')
      }
      const said = log.isLevelEnabled('info')
      if (said) say()
      log.level = settings.logLevel
      if (!said) say()
    } catch (err) {
      log.error({ reason: reasonOf(err) }, 'not reloaded, and nothing changed')
    }
  }
}
