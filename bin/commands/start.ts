// `root-peer start`: runs the daemon until a signal, and says in the log what happens to it.
// Never touches what the daemon does.

import createTestnet from 'hyperdht/testnet.js'
import { exitCodeOf, reasonOf } from '../../src/errors.ts'
import { formatKey } from '../../src/protocol/protocol.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { VERSION } from '../../src/version.ts'
import type { Invocation } from '../commands.ts'
import { short } from '../display.ts'
import { bindingError, describe } from '../failure.ts'
import type { Logger } from '../logger.ts'
import { createLogger } from '../logger.ts'
import type { Settings } from '../settings.ts'

const LOCAL_NODES = 3

export async function run({ settings, interruption }: Invocation): Promise<number> {
  const log = createLogger(settings)
  endOnCrash(log)
  const dht = settings.local
    ? await createTestnet(LOCAL_NODES, { host: settings.host ?? '' })
    : null
  const bootstrap = dht?.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const root = new RootPeer(configOf(settings, bootstrap))
  logEvents(root, log)
  try {
    await root.ready().catch((err: unknown) => {
      throw bindingError(err, settings)
    })
    log.info(readyFields(root, settings, bootstrap), 'ready')
    if (bootstrap !== undefined && process.stdout.isTTY && !settings.json) hint(bootstrap)
    await interruption.wait()
    log.info({ signal: interruption.received }, 'closing; once more to end at once')
  } finally {
    await root.close()
    await dht?.destroy()
  }
  log.info('closed')
  return 0
}

function configOf(settings: Settings, bootstrap = settings.bootstrap): RootPeer['config'] {
  const { storage, host, port, network, fsync, restored } = settings
  return {
    storage,
    fsync,
    restored,
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(network === undefined ? {} : { network })
  }
}

/** The contract with whoever scripts against this: `msg`, `publicKey`, and with --local `bootstrap`. */
function readyFields(
  root: RootPeer,
  settings: Settings,
  bootstrap: readonly string[] | undefined
): object {
  const { address } = root
  return {
    publicKey: formatKey(root.publicKey),
    ...(bootstrap === undefined ? {} : { bootstrap: bootstrap[0] }),
    storage: settings.storage,
    ...(address === null ? {} : { address: `${address.host}:${address.port}` }),
    durable: settings.fsync,
    version: VERSION
  }
}

function hint(bootstrap: readonly string[]): void {
  process.stdout.write(
    `\nNothing leaves this machine. In another terminal, first:\n\n  export ROOT_PEER_BOOTSTRAP=${bootstrap.join(',')}\n\nthen root-peer invite, and root-peer chat INVITE.\n\n`
  )
}

function logEvents(root: RootPeer, log: Logger): void {
  root.on('online', () => log.info('online: the DHT knows this root peer'))
  root.on('offline', () =>
    log.warn('no DHT node answers, so nobody can find this root peer yet: it keeps trying')
  )
  root.on('peer-connected', ({ peer }) => log.info({ peer: name(peer) }, 'peer connected'))
  root.on('peer-disconnected', ({ peer }) => log.info({ peer: name(peer) }, 'peer disconnected'))
  root.on('room-registered', ({ room }) => log.info({ room: name(room) }, 'room registered'))
  root.on('messages-stored', ({ room, ...stored }) =>
    log.debug({ room: name(room), ...stored }, 'messages stored')
  )
  root.on('violation', ({ peer, error }) =>
    log.warn({ peer: name(peer), ...describe(error) }, 'peer cut off')
  )
  root.on('read-only', ({ error }) => log.error(describe(error), 'read-only until there is room'))
  root.on('writable', () => log.info('there is room again: writing'))
  // What was not answered has an unknown outcome, so nobody is answered any more.
  root.on('failed', ({ error }) => {
    log.fatal({ error: error.message }, 'the store failed')
    process.exit(exitCodeOf(error))
  })
}

function endOnCrash(log: Logger): void {
  process.prependListener('uncaughtException', (err) => {
    log.fatal({ error: reasonOf(err), stack: err.stack }, 'a mistake of ours: please report it')
    process.exit(exitCodeOf(null))
  })
}

function name(key: Uint8Array): string {
  return short(formatKey(key))
}
