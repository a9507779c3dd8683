// The writer of the demo: sends the log and counts receipts. Keeps little on its way at a time, so that
// there is a middle to be killed in.

import { setImmediate } from 'node:timers/promises'
import type { Room } from '../../src/client/client.ts'
import { pipeline } from '../../src/client/outbox/pipeline.ts'
import type { Log } from './log.ts'

const UNDERWAY_MAX = 256
const FRAME = 32

/** Where the writer stands. */
export interface Written {
  acknowledged: number
  /** Sent, and not acknowledged yet. */
  underway: number
}

/**
 * Sends every line; resolves once all are acknowledged.
 *
 * @param atHalf - called once, when half of them are and more are on their way
 * @param resumed - called once, at the first receipt after that is done, with how long it took to come
 */
export async function sendLog(
  room: Room,
  log: Log,
  atHalf: (written: Written) => Promise<void>,
  resumed: (ms: number) => void
): Promise<void> {
  let taken = 0
  let acknowledged = 0
  let startedAt: number | null = null
  let half: Promise<void> | null = null
  const reachHalf = async (): Promise<void> => {
    await setImmediate() // what was just sent leaves the process
    await atHalf({ acknowledged, underway: taken - acknowledged })
    startedAt = Date.now()
  }
  const receipts = pipeline(inFrames(log.read()), {
    run: async (lines) => {
      taken += lines.length
      const stored = Promise.all(lines.map((line) => room.send(line)))
      if (acknowledged >= log.lines / 2) half ??= reachHalf()
      await stored
      acknowledged += lines.length
      if (startedAt !== null) resumed(Date.now() - startedAt)
      startedAt = null
    },
    weigh: (lines) => lines.length,
    weightMax: UNDERWAY_MAX
  })
  for await (const _ of receipts);
  await (half ?? reachHalf()) // a log of one frame
}

async function* inFrames(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let frame: Uint8Array[] = []
  for await (const line of lines) {
    if (frame.push(line) < FRAME) continue
    yield frame
    frame = []
  }
  if (frame.length > 0) yield frame
}
