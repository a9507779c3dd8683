// A private DHT on 127.0.0.1, and nodes of it. Nothing here ever leaves the machine: every node binds
// to loopback and knows no bootstrap node but those of the test.

import createTestnet, { type Testnet } from 'hyperdht/testnet.js'
import HyperDHT, { type KeyPair } from 'hyperdht'
import type { Test } from 'brittle'

const host = '127.0.0.1'

export interface PrivateDht {
  /** For the library: `HOST:PORT` of each bootstrap node. */
  readonly bootstrap: string[]
  /** For the command line: `--bootstrap HOST:PORT` and `--host`. */
  readonly args: string[]
  /** A client node, destroyed after the test. */
  createNode(options?: { keyPair?: KeyPair; seed?: Uint8Array }): HyperDHT
}

/** Starts a private DHT of `size` nodes that ends after the test, after all that uses it. */
export async function createDht(t: Test, size = 3): Promise<PrivateDht> {
  const testnet: Testnet = await createTestnet(size, { host })
  t.teardown(() => testnet.destroy(), { order: 1000, force: true })

  const bootstrap = testnet.bootstrap.map((node) => `${node.host}:${node.port}`)
  return {
    bootstrap,
    args: [...bootstrap.flatMap((node) => ['--bootstrap', node]), '--host', host],
    createNode(options = {}) {
      const node = new HyperDHT({ ...options, bootstrap: testnet.bootstrap, host })
      t.teardown(() => node.destroy(), { order: 900, force: true })
      return node
    }
  }
}
