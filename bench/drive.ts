// What files are measured against: a Hyperdrive of the same files, replicated natively, and a bare
// encrypted stream over the same kind of connection.

import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import HyperDHT from 'hyperdht'
import type { Server } from 'hyperdht'
import crypto from 'hypercore-crypto'
import { formatKey, parsePeerKey } from '../src/protocol/bytes.ts'
import type { Target } from './wire.ts'

const clock = (): number => Number(process.hrtime.bigint()) / 1e6

export interface Files {
  count: number
  bytes: number
}

export interface Host {
  publicKey: string
  close: () => Promise<void>
}

/** Puts files into a drive of its own, and serves it to whoever connects. */
export async function shareDrive({
  bootstrap,
  storage,
  count,
  bytes
}: Files & { bootstrap: string[]; storage: string }): Promise<Host & { key: string; ms: number }> {
  const store = new Corestore(storage)
  const drive = new Hyperdrive(store)
  await drive.ready()
  const content = Buffer.alloc(bytes, 7)
  const began = clock()
  for (let i = 0; i < count; i++) await drive.put(`/folder/file ${i}`, content)
  const ms = clock() - began
  const host = await serve(bootstrap, (stream) => void store.replicate(stream))
  return {
    publicKey: host.publicKey,
    ms,
    key: Buffer.from(drive.key).toString('hex'),
    async close() {
      await host.close()
      await drive.close()
      await store.close()
    }
  }
}

/** Fetches all that is in a drive, to disk. Answers with milliseconds. */
export async function fetchDrive({
  host,
  storage,
  key
}: {
  host: Target
  storage: string
  key: string
}): Promise<{ ms: number; files: number }> {
  const store = new Corestore(storage)
  const drive = new Hyperdrive(store, Buffer.from(key, 'hex'))
  await drive.ready()
  const { dht, stream } = await connect(host)
  const began = clock()
  store.replicate(stream)
  await drive.update({ wait: true })
  let files = 0
  const reading: Promise<unknown>[] = []
  for await (const { key: name } of drive.list('/')) {
    files++
    reading.push(drive.get(name))
    if (reading.length === 64) await Promise.all(reading.splice(0))
  }
  await Promise.all(reading)
  const ms = clock() - began
  stream.destroy()
  await drive.close()
  await store.close()
  await dht.destroy()
  return { ms, files }
}

/** Writes so many bytes to whoever connects, as fast as the stream takes them. */
export function shareStream(bootstrap: string[], bytes: number): Promise<Host> {
  return serve(bootstrap, (stream) => {
    const piece = Buffer.alloc(64 * 1024, 7)
    let left = bytes
    const write = (): void => {
      while (left > 0) {
        left -= piece.byteLength
        if (!stream.write(piece)) return
      }
    }
    stream.on('drain', write)
    stream.once('data', write)
  })
}

/** Takes so many bytes. Answers with milliseconds. */
export async function fetchStream(host: Target, bytes: number): Promise<{ ms: number }> {
  const { dht, stream } = await connect(host)
  const began = clock()
  let left = bytes
  await new Promise<void>((resolve) => {
    stream.on('data', (data) => {
      left -= data.byteLength
      if (left <= 0) resolve()
    })
    stream.write(Buffer.from('go'))
  })
  const ms = clock() - began
  stream.destroy()
  await dht.destroy()
  return { ms }
}

type Stream = ReturnType<HyperDHT['connect']>

async function serve(bootstrap: string[], onstream: (stream: Stream) => void): Promise<Host> {
  const dht = new HyperDHT({ bootstrap, host: '127.0.0.1' })
  const keyPair = crypto.keyPair()
  const server: Server = dht.createServer((stream) => {
    stream.on('error', () => {})
    onstream(stream)
  })
  await server.listen(keyPair)
  return {
    publicKey: formatKey(keyPair.publicKey),
    async close() {
      await server.close()
      await dht.destroy()
    }
  }
}

async function connect({
  bootstrap,
  publicKey
}: Target): Promise<{ dht: HyperDHT; stream: Stream }> {
  const dht = new HyperDHT({ bootstrap, host: '127.0.0.1' })
  const stream = dht.connect(parsePeerKey(publicKey), { keyPair: crypto.keyPair() })
  stream.on('error', () => {})
  await stream.opened
  return { dht, stream }
}
