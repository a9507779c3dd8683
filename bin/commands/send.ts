// `root-peer send`: one text, or every line of stdin, until a root peer has stored them all.

import type { Receipt, Room } from '../../src/client/client.ts'
import { lesserInvite, RootPeerError, tooLarge, wireLimits } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { bytesText, count, durationText, short } from '../display.ts'
import { splitLines } from '../lines.ts'
import { delivered, writeJson } from '../output.ts'
import { pipeline } from '../../src/client/outbox/pipeline.ts'
import { Progress } from '../progress.ts'
import { openSession, say, tellOnce } from '../session.ts'

/** What may be on its way at a time: enough to keep a fast root peer busy, little to hold in memory. */
const SEND_AHEAD_BYTES = 4 * 1024 * 1024
const BODY_OVERHEAD = 256

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', text] = args
  const session = await openSession(invite, settings, interruption)
  if (session.room.access === 'guest') {
    await session.close()
    throw lesserInvite('member', 'guest')
  }
  session.room.on('denied', tellOnce())
  const kept = session.room.unsent().length
  if (kept > 0) say(`first what an earlier run left: ${count(kept, 'message')}`)
  interruption.signal.addEventListener('abort', () => process.stdin.destroy())
  if (text === undefined && process.stdin.isTTY) say('a message a line; Ctrl-D ends')

  const source = new Source(text)
  const roots = new Set<string>()
  let stored = 0
  const startedAt = Date.now()
  const progress = new Progress(() => `${count(stored, 'message')} stored`)
  try {
    for await (const receipts of sendAll(session.room, source.bodies())) {
      stored += receipts.length
      for (const receipt of receipts) {
        roots.add(short(receipt.root))
        if (settings.json) await writeJson(receipt)
      }
    }
  } finally {
    progress.stop()
    const left = source.taken - stored
    const fate =
      settings.profile === undefined
        ? 'may or may not be'
        : 'in the profile: they go with the next message to this room'
    say(
      [
        `${count(stored, 'message')} stored`,
        ...(stored > 0 ? [` at ${[...roots].join(' and ')}`] : []),
        `, ${bytesText(source.bytes)} in ${durationText(Date.now() - startedAt)}`,
        ...(left > 0 ? [`; ${left} more ${fate}`] : [])
      ].join('')
    )
    await session.close()
  }
  if (source.failure !== null) throw source.failure
  await delivered()
}

/** Bodies that are handed over together travel together; so they are taken as they came in. */
function sendAll(
  room: Room,
  batches: AsyncIterable<readonly Uint8Array[]>
): AsyncIterable<Receipt[]> {
  return pipeline(batches, {
    run: (bodies) => Promise.all(bodies.map((body) => room.send(body))),
    weigh: (bodies) => bodies.reduce((bytes, body) => bytes + body.byteLength + BODY_OVERHEAD, 0),
    weightMax: SEND_AHEAD_BYTES
  })
}

/** The bodies to send. What is wrong with one is kept until those before it are stored. */
class Source {
  readonly #text: string | undefined
  failure: Error | null = null
  /** Bodies that were taken to be sent, and their bytes. */
  taken = 0
  bytes = 0

  constructor(text: string | undefined) {
    this.#text = text
  }

  async *bodies(): AsyncGenerator<readonly Uint8Array[]> {
    try {
      for await (const bodies of this.#all()) {
        this.taken += bodies.length
        for (const body of bodies) this.bytes += body.byteLength
        yield bodies
      }
    } catch (err) {
      if (err instanceof RootPeerError) this.failure = err
      else if (!process.stdin.destroyed) throw err
    }
  }

  #all(): AsyncIterable<Uint8Array[]> | Iterable<Uint8Array[]> {
    const { bodyBytesMax } = wireLimits
    if (this.#text === undefined) return splitLines(process.stdin, bodyBytesMax)
    const body = Buffer.from(this.#text)
    if (body.byteLength <= bodyBytesMax) return [[body]]
    throw tooLarge('the text in bytes', bodyBytesMax, body.byteLength)
  }
}
