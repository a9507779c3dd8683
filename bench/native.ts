// Hypercore on its own, to measure against: bare appends, and its own replication over the same kind of
// connection.

import crypto from 'hypercore-crypto'
import Corestore from 'corestore'
import HyperDHT from 'hyperdht'
import type { Server } from 'hyperdht'
import Hypercore from 'hypercore'
import type { Target } from './wire.ts'
import { makePayloads } from './wire.ts'
import { parsePeerKey, formatKey } from '../src/protocol/bytes.ts'

const clock = (): number => Number(process.hrtime.bigint()) / 1e6

/** Appends blocks in batches to a core of their own; nothing is synced. Answers with milliseconds. */
export async function append(options: {
  storage: string
  blocks: number
  bytes: number
  batch: number
}): Promise<{ ms: number; key: string }> {
  const store = new Corestore(options.storage)
  const core = store.get({ name: `bench-${Math.random()}` })
  await core.ready()
  const payloads = makePayloads(options.blocks, options.bytes)
  const began = clock()
  for (let i = 0; i < payloads.length; i += options.batch) {
    await core.append(payloads.slice(i, i + options.batch))
  }
  const ms = clock() - began
  const key = Buffer.from(core.key).toString('hex')
  await store.close()
  return { ms, key }
}

/** Serves one core of a store to whoever connects. */
export async function share(options: {
  storage: string
  bootstrap: string[]
  key: Uint8Array
}): Promise<{ publicKey: string; close: () => Promise<void> }> {
  const store = new Corestore(options.storage)
  const core = store.get({ key: options.key })
  await core.ready()
  const dht = new HyperDHT({ bootstrap: options.bootstrap, host: '127.0.0.1' })
  const keyPair = crypto.keyPair()
  const server: Server = dht.createServer((stream) => {
    stream.on('error', () => {})
    core.replicate(stream)
  })
  await server.listen(keyPair)
  return {
    publicKey: formatKey(keyPair.publicKey),
    async close() {
      await server.close()
      await dht.destroy()
      await store.close()
    }
  }
}

/** Mirrors every block of a core. Answers with milliseconds. */
export async function mirror(options: {
  storage: string
  blocks: number
  key: Uint8Array
  host: Target
}): Promise<{ ms: number }> {
  const { bootstrap, publicKey } = options.host
  const core = new Hypercore(options.storage, options.key)
  await core.ready()
  const dht = new HyperDHT({ bootstrap, host: '127.0.0.1' })
  const stream = dht.connect(parsePeerKey(publicKey), { keyPair: crypto.keyPair() })
  stream.on('error', () => {})
  await stream.opened
  const began = clock()
  core.replicate(stream)
  await core.download({ start: 0, end: options.blocks }).done()
  const ms = clock() - began
  stream.destroy()
  await core.close()
  await dht.destroy()
  return { ms }
}
