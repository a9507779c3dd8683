// `root-peer start`: runs the daemon until a signal, with its operator's side beside it.
// Never touches what the daemon does.

import { exitCodeOf, reasonOf } from '../../src/errors.ts'
import type { OperatorOptions } from '../../src/operator/operator.ts'
import { Operator } from '../../src/operator/operator.ts'
import { formatKey } from '../../src/protocol/protocol.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { VERSION } from '../../src/version.ts'
import type { Invocation } from '../commands.ts'
import { DhtNodes } from '../dht-nodes.ts'
import { bindingError } from '../failure.ts'
import type { Logger } from '../logger.ts'
import { createLogger, forPeople } from '../logger.ts'
import { rootConfigOf } from '../root-config.ts'
import { Reloading } from '../reloading.ts'
import { serviceManagerOf } from '../service-manager.ts'
import type { Settings } from '../settings.ts'
import { isDefault } from '../settings.ts'
import { urlOf } from '../url.ts'

const LOCAL_NODES = 3
const LOOPBACK = '127.0.0.1'

export async function run({ settings, interruption }: Invocation): Promise<number> {
  const log = createLogger(settings)
  endOnCrash(log)
  const dht = settings.local
    ? await DhtNodes.start({ host: LOOPBACK, port: 0, count: LOCAL_NODES })
    : null
  const bootstrap = dht === null ? undefined : [dht.bootstrap]
  const root = new RootPeer(rootConfigOf(settings, bootstrap))
  let operator: Operator | null = null
  try {
    operator = await Operator.open({ root, log, ...operatorOptions(settings) })
    // After the journal: what was not answered has an unknown outcome, so nobody is answered any more.
    root.on('failed', ({ error }) => process.exit(exitCodeOf(error)))
    const reloading = new Reloading(settings, { root, operator, log })
    interruption.onhangup(() => reloading.run())
    await root.ready().catch((err: unknown) => {
      throw bindingError(err, settings)
    })
    log.info(readyFields(root, operator, settings, bootstrap), 'ready')
    if (bootstrap !== undefined && forPeople(settings)) hint(bootstrap)
    await interruption.wait()
    log.info({ signal: interruption.received }, 'closing; once more to end at once')
  } finally {
    await root.close()
    await operator?.close()
    await dht?.close()
  }
  log.info('closed')
  return 0
}

function operatorOptions(settings: Settings): Omit<OperatorOptions, 'root' | 'log'> {
  const { httpHost: host, httpPort: port, statsInterval } = settings
  return {
    // Two root peers on a machine must not trip over a port that nobody asked for.
    http: port === 0 ? null : { host, port, required: !isDefault(settings, 'httpPort') },
    statsIntervalMs: statsInterval * 1000,
    print: forPeople(settings) ? (text) => void process.stdout.write(text) : null,
    systemd: serviceManagerOf(settings.given.env)
  }
}

/** The contract with whoever scripts against this: `msg`, `publicKey`, and with --local `bootstrap`. */
function readyFields(
  root: RootPeer,
  operator: Operator,
  settings: Settings,
  bootstrap: readonly string[] | undefined
): object {
  const { address } = root
  const http = operator.address
  return {
    publicKey: formatKey(root.publicKey),
    ...(bootstrap === undefined ? {} : { bootstrap: bootstrap[0] }),
    storage: settings.storage,
    ...(address === null ? {} : { address: `${address.host}:${address.port}` }),
    ...(http === null ? {} : { http: urlOf(http) }),
    durable: settings.fsync,
    version: VERSION
  }
}

function hint(bootstrap: readonly string[]): void {
  process.stdout.write(
    `\nNothing leaves this machine. In another terminal, first:\n\n  export ROOT_PEER_BOOTSTRAP=${bootstrap.join(',')}\n\nthen root-peer invite, and root-peer chat INVITE.\n\n`
  )
}

function endOnCrash(log: Logger): void {
  process.prependListener('uncaughtException', (err) => {
    log.fatal({ error: reasonOf(err), stack: err.stack }, 'a mistake of ours: please report it')
    process.exit(exitCodeOf(null))
  })
}
