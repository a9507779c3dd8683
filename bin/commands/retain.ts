// `root-peer retain`: the owner says for how long a room's root peers keep its messages.

import { bytesOf } from '../../src/entry-kinds.ts'
import { usage } from '../../src/errors.ts'
import type { Retention } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { bytesText } from '../display.ts'
import { write, writeJson } from '../output.ts'
import { openSession } from '../session.ts'

const DAY_MS = 86_400_000
const DAYS_MAX = 36_500

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', days = '', bytes = '0', messages = '0'] = args
  const wanted = {
    ageMs: whole('DAYS', days, DAYS_MAX) * DAY_MS,
    bytes: size(bytes),
    messages: whole('MESSAGES', messages, Number.MAX_SAFE_INTEGER)
  }
  const session = await openSession(invite, settings, interruption)
  try {
    const { room } = session
    await room.setRetention(wanted)
    const holds = room.retention ?? wanted
    if (settings.json) await writeJson({ room: room.id, retention: holds })
    else await write(Buffer.from(`kept: ${inWords(holds)}`), '\n')
  } finally {
    await session.close()
  }
}

function whole(name: string, text: string, most: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw usage(`${name} is a whole number, 0 for no bound, and not "${text}"`)
}

function size(text: string): number {
  const bytes = bytesOf(text)
  if (bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw usage(`BYTES is a size such as 500MB or 2GiB, 0 for no bound, and not "${text}"`)
}

function inWords({ ageMs, bytes, messages }: Retention): string {
  const bounds = [
    ...(ageMs > 0 ? [`${Math.round(ageMs / DAY_MS)} days`] : []),
    ...(bytes > 0 ? [bytesText(bytes)] : []),
    ...(messages > 0 ? [`${messages} messages`] : [])
  ]
  return bounds.length === 0 ? 'for ever' : `${bounds.join(', ')} at most`
}
