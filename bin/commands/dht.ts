// `root-peer dht`: runs the DHT nodes that a private network begins with, until a signal.

import { usage } from '../../src/errors.ts'
import type { Invocation } from '../commands.ts'
import { DhtNodes, outwardAddresses } from '../dht-nodes.ts'
import { bindingError } from '../failure.ts'
import { createLogger } from '../logger.ts'

const PORT = 49_737
/** With fewer nobody can find out how their NAT behaves: three must have been asked, and one may be lost. */
const NODES = 4
const NODES_MAX = 64
const LOOPBACK = '127.0.0.1'

export async function run({ settings, interruption }: Invocation): Promise<number> {
  const { port = PORT, nodes: count = NODES, bootstrap = [] } = settings
  const host = settings.host ?? ownHost()
  if (count < 1 || count > NODES_MAX) throw usage(`--nodes takes 1 to ${NODES_MAX}`)
  if (port + count > 65_536) throw usage(`there are no ${count} ports from ${port} on: see --port`)
  const log = createLogger(settings)
  const nodes = await DhtNodes.start({ host, port, count, bootstrap }).catch((err: unknown) => {
    throw bindingError(err, { host, port })
  })
  try {
    log.info({ bootstrap: nodes.bootstrap, nodes: nodes.addresses }, 'ready')
    await interruption.wait()
  } finally {
    await nodes.close()
  }
  log.info('closed')
  return 0
}

/** The one address of this machine; a choice is whoever starts it has to make. */
function ownHost(): string {
  const addresses = outwardAddresses()
  if (addresses.length <= 1) return addresses[0] ?? LOOPBACK
  throw usage(`by which address do others reach this machine? --host ${addresses.join(', or ')}`)
}
