// What being watched costs: one root under a steady load; windows in which it reports and is scraped every
// second alternate with windows in which it is left alone. Ratios are made inside a pair of windows.

import http from 'node:http'
import { once } from 'node:events'
import type { Figure } from './figure.ts'
import { median, quartiles } from './figure.ts'
import type { Usage } from './roles/operated.ts'
import type { Stage } from './stage.ts'

const RATIO_MAX = 1.02
/** Reports and scrapes are so far apart. */
const EVERY_MS = 1000

export interface Sizes {
  warmUpMs: number
  windowMs: number
  /** Windows of each kind. */
  pairs: number
  /** Messages a second. */
  pace: number
  connections: number
  rooms: number
  /** Of a payload. */
  bytes: number
}

const LOAD = { pace: 50_000, connections: 10, rooms: 20, bytes: 256 }

export const FULL: Sizes = { warmUpMs: 15_000, windowMs: 2 * EVERY_MS, pairs: 60, ...LOAD }
/** The same with few and short windows: to see that it runs. */
export const QUICK: Sizes = { warmUpMs: 2000, windowMs: EVERY_MS, pairs: 3, ...LOAD }

/** What one window has shown. */
interface Seen {
  messagesPerSecond: number
  /** Processor time in microseconds. */
  usPerMessage: number
  usPerSecond: number
}

/** Asks for /metrics every second while it is told to, on one connection, as Prometheus does. */
class Scraper {
  readonly #port: number
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  #timer: NodeJS.Timeout | null = null
  #failure: Error | null = null
  /** How often it was answered, and the length of the last answer. */
  answers = 0
  bytes = 0

  constructor(port: number) {
    this.#port = port
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#scrape().catch((err: Error) => {
        this.#failure = err
      })
    }, EVERY_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#failure !== null) throw this.#failure
  }

  close(): void {
    this.#agent.destroy()
  }

  async #scrape(): Promise<void> {
    const request = http.get({ port: this.#port, path: '/metrics', agent: this.#agent })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let bytes = 0
    for await (const chunk of response) bytes += (chunk as Uint8Array).byteLength
    if (response.statusCode !== 200) throw new Error(`/metrics: ${response.statusCode}`)
    this.bytes = bytes
    this.answers++
  }
}

export async function watching(stage: Stage, sizes: Sizes): Promise<Figure[]> {
  const { warmUpMs, windowMs, pairs, ...load } = sizes
  const { bootstrap } = stage
  const root = stage.role('operated')
  const { publicKey, port } = await root.ask<{ publicKey: string; port: number }>('start', {
    storage: stage.folder('root'),
    log: stage.folder('log'),
    bootstrap
  })
  const sender = stage.role('sender')
  await sender.ask('start', { ...load, bootstrap, publicKey })
  const scraper = new Scraper(port)

  const see = async (watched: boolean, ms: number): Promise<Seen> => {
    await root.ask('report', watched ? EVERY_MS : 0)
    if (watched) scraper.start()
    const before = await root.ask<Usage>('usage')
    // A little longer than a whole number of reports and scrapes, so that the last of them fall inside.
    await new Promise((resolve) => setTimeout(resolve, ms + EVERY_MS / 4))
    const after = await root.ask<Usage>('usage')
    if (watched) scraper.stop()
    return between(before, after)
  }

  await see(true, warmUpMs)
  await see(false, warmUpMs)
  const [alone, watched]: [Seen[], Seen[]] = [[], []]
  for (let i = 0; i < pairs; i++) {
    // Now one comes first, now the other: what drifts falls on both alike.
    for (const on of i % 2 === 0 ? [false, true] : [true, false]) {
      ;(on ? watched : alone).push(await see(on, windowMs))
    }
    process.stderr.write(`pair ${i + 1} of ${pairs}\n`)
  }
  scraper.close()
  const { sent, late } = await sender.ask<{ sent: number; late: number }>('progress')
  if (late > sent / 100) throw new Error(`the root had no room for ${late} of ${sent} messages`)
  await sender.stop()
  await root.ask('close')

  const paired = (each: (on: Seen, off: Seen) => number): number[] =>
    watched.map((on, i) => each(on, alone[i] as Seen))
  const ratio = figure(
    'watched/alone',
    paired((on, off) => on.usPerMessage / off.usPerMessage)
  )
  return [
    figure(
      'messages',
      alone.map((each) => each.messagesPerSecond)
    ),
    figure(
      'alone: CPU time a message',
      alone.map((each) => each.usPerMessage),
      'µs'
    ),
    figure(
      'watched: CPU time a message',
      watched.map((each) => each.usPerMessage),
      'µs'
    ),
    figure(
      'being watched: CPU time a second',
      paired((on, off) => (on.usPerSecond - off.usPerSecond) / 1000),
      'ms'
    ),
    { name: 'scrapes', value: scraper.answers },
    { name: 'length of a scrape', value: scraper.bytes / 1024, unit: 'KiB' },
    { ...ratio, goal: { atMost: RATIO_MAX } }
  ]
}

function between(before: Usage, after: Usage): Seen {
  const cpuUs = after.cpuUs - before.cpuUs
  const messages = after.messages - before.messages
  const seconds = (after.atMs - before.atMs) / 1000
  return {
    messagesPerSecond: messages / seconds,
    usPerMessage: cpuUs / messages,
    usPerSecond: cpuUs / seconds
  }
}

/** The median, and in place of least and most, which only tell of the machine, the quartiles. */
function figure(name: string, values: readonly number[], unit = ''): Figure {
  const [min, max] = quartiles(values)
  return { name, value: median(values), min, max, unit }
}
