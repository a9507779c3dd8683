// A process of clients of a hostile root: many that come and go, and one that lives through it all and
// has an honest root besides. Ends when its stdin does; says how it went in one line. A mistake of ours
// ends it otherwise.

import { once } from 'node:events'
import { parseArgs } from 'node:util'
import HyperDHT from 'hyperdht'
import {
  parseInvite,
  printInvite,
  RootPeerClient,
  RootPeerError
} from '../../../src/client/client.ts'
import type { Room } from '../../../src/client/client.ts'

/** What the victim says at its end. */
export interface VictimFigures {
  clients: number
  /** Errors that the clients were told of as events. */
  errors: number
  /** Names of errors that came out and were not ours. */
  bare: string[]
  /** Messages that the one that lived through it sent, and that the honest root has in the end. */
  sent: number
  kept: number
  slowestMs: number
}

const lifeMs = 250
const deadlineMs = 30_000
const workers = 10

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', multiple: true, default: [] },
    hostile: { type: 'string', default: '' },
    honest: { type: 'string', default: '' }
  }
})
const dht = new HyperDHT({ bootstrap: values.bootstrap, host: '127.0.0.1' })
const figures: VictimFigures = { clients: 0, errors: 0, bare: [], sent: 0, kept: 0, slowestMs: 0 }
const over = new AbortController()
process.stdin.resume()
process.stdin.once('end', () => over.abort())

const steady = watched(createClient([values.hostile, values.honest]))
/** What the steady one was last told of its honest root, to be read where it got stuck. */
const heard: string[] = []
const hear = (what: string) => (event: { root: string; error?: Error }) => {
  if (event.root === values.honest) heard.push(`${what} ${event.error?.message ?? ''}`.trim())
}
steady.on('root-connected', hear('connected')).on('root-disconnected', hear('disconnected'))
steady.on('root-error', hear('error'))
const room = await steady.createRoom()
watchRoom(room)
room.on('refused', (event) => heard.push(`refused by ${event.root}: ${event.code}`))
const bodies: string[] = []
await Promise.all([sendOn(), ...Array.from({ length: workers }, () => live())])
figures.sent = bodies.length
figures.kept = await readBack()
await steady.close()
await dht.destroy()
console.log(JSON.stringify(figures))

function createClient(roots: string[]): RootPeerClient {
  return new RootPeerClient({ dht, roots, direct: false, keyPair: HyperDHT.keyPair() })
}

/** One client after the other, each as long as the hostile root lets it. */
async function live(): Promise<void> {
  while (!over.signal.aborted) {
    const client = watched(createClient([values.hostile]))
    figures.clients++
    const joined = await (Math.random() < 0.5 ? client.createRoom() : client.join(room.invite))
    watchRoom(joined)
    for (let i = 0; i < 5; i++) joined.send(`message ${i}`).catch(note)
    readOn(joined, Math.random() < 0.5).catch(note)
    const ended = new AbortController()
    client.once('root-disconnected', () => ended.abort())
    await delay(lifeMs, ended.signal)
    joined.send('one more').catch(note)
    if (joined.access !== 'guest') joined.broadcast(1, 'hello')
    await delay(lifeMs, ended.signal)
    await client.close()
  }
}

/** What the one with two roots sends is stored, whatever the hostile one does. */
async function sendOn(): Promise<void> {
  const reading = readOn(room, true)
  reading.catch(note)
  while (!over.signal.aborted) {
    const body = `steady ${bodies.length}`
    const began = Date.now()
    const late = setTimeout(() => {
      throw new Error(`${body}: not stored within ${deadlineMs} ms; ${heard.slice(-9).join(', ')}`)
    }, deadlineMs)
    await room.send(body)
    clearTimeout(late)
    figures.slowestMs = Math.max(figures.slowestMs, Date.now() - began)
    bodies.push(body)
    await delay(20)
  }
}

/** How many of the steady messages the honest root has, once a fresh client has read them there. */
async function readBack(): Promise<number> {
  const client = createClient([values.honest])
  const ended = new AbortController()
  const missing = new Set(bodies)
  const joined = await client.join(printInvite({ ...parseInvite(room.invite), roots: [] }))
  const late = setTimeout(() => ended.abort(), deadlineMs)
  for await (const item of joined.read({ follow: true, signal: ended.signal })) {
    if ('body' in item && item.proven) missing.delete(Buffer.from(item.body).toString())
    if (missing.size === 0) break
  }
  clearTimeout(late)
  await client.close()
  return bodies.length - missing.size
}

async function readOn(from: Room, follow: boolean): Promise<void> {
  for await (const item of from.read({ follow })) {
    if (!('body' in item)) note(item.error)
  }
}

function watched(client: RootPeerClient): RootPeerClient {
  client.on('root-error', ({ error }) => {
    figures.errors++
    note(error)
  })
  return client
}

function watchRoom(watchedRoom: Room): void {
  watchedRoom.on('message', () => {})
  watchedRoom.on('presence', () => {})
  watchedRoom.on('error', note)
  watchedRoom.on('denied', ({ error }) => note(error))
}

function note(err: unknown): void {
  if (err instanceof RootPeerError) return
  figures.bare.push(err instanceof Error ? (err.stack ?? err.message) : String(err))
}

/** Resolves after so long, or when the signal says so. */
async function delay(ms: number, signal = new AbortController().signal): Promise<void> {
  if (signal.aborted) return
  const timer = new AbortController()
  const timeout = setTimeout(() => timer.abort(), ms)
  await Promise.race([once(timer.signal, 'abort'), once(signal, 'abort')])
  clearTimeout(timeout)
}
