// What happens to a root peer, as log lines: peers and rooms by short keys, never a key, an invite or a
// payload. Never decides what to do about it.

import type { Logger } from 'pino'
import { formatKey } from '../protocol/bytes.ts'
import type { RootPeer } from '../root-peer.ts'
import type { Listeners } from './listening.ts'
import { listenTo } from './listening.ts'
import { Restraint } from './restraint.ts'
import { short } from './words.ts'

export class Journal {
  readonly #restraint: Restraint
  readonly #stop: () => void

  /** @param clock - milliseconds of a clock that never jumps */
  constructor(root: RootPeer, log: Logger, clock: () => number) {
    this.#restraint = new Restraint(clock, (kind, more) => log.info({ more, of: kind }, 'and more'))
    this.#stop = listenTo(root, listenersFor(log, this.#restraint))
  }

  /** Says what was held back; once in a while, as nothing else may happen. */
  flush(): void {
    this.#restraint.flush()
  }

  close(): void {
    this.#stop()
    this.#restraint.flush(true)
  }
}

function listenersFor(log: Logger, restraint: Restraint): Listeners {
  return {
    online: () => log.info('online: the DHT knows this root peer'),
    offline: () =>
      log.warn('no DHT node answers, so nobody can find this root peer yet: it keeps trying'),
    'peer-connected': ({ peer }) => {
      const msg = 'peer connected'
      if (restraint.allows(msg)) log.info({ peer: name(peer) }, msg)
    },
    'peer-disconnected': ({ peer }) => {
      const msg = 'peer disconnected'
      if (restraint.allows(msg)) log.info({ peer: name(peer) }, msg)
    },
    'room-registered': ({ room }) => {
      const msg = 'room registered'
      if (restraint.allows(msg)) log.info({ room: name(room) }, msg)
    },
    'messages-stored': ({ room, ...stored }) => {
      // Once a commit: a name that nobody reads would cost more than the rest of it.
      if (log.isLevelEnabled('debug')) log.debug({ room: name(room), ...stored }, 'messages stored')
    },
    violation: ({ peer, error: { code, message } }) => {
      const msg = 'peer cut off'
      if (restraint.allows(msg)) log.warn({ peer: name(peer), code, message }, msg)
    },
    'read-only': ({ error: { code, message } }) =>
      log.error({ code, message }, 'read-only until there is room'),
    writable: () => log.info('there is room again: writing'),
    failed: ({ error }) => log.fatal({ error: error.message }, 'the store failed')
  }
}

function name(key: Uint8Array): string {
  return short(formatKey(key))
}
