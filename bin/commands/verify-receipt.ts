// `root-peer verify-receipt`: each receipt on stdin, held against the root peer that gave it.

import type { Receipt, Room } from '../../src/client/client.ts'
import { RootPeerError } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { count, short } from '../display.ts'
import { describe } from '../failure.ts'
import { splitLines } from '../lines.ts'
import { delivered, write, writeJson } from '../output.ts'
import { openSession, say } from '../session.ts'

/** A receipt is a few hundred bytes. */
const RECEIPT_BYTES_MAX = 64 * 1024

export async function run({ settings, args, interruption }: Invocation): Promise<number> {
  const session = await openSession(args[0] ?? '', settings, interruption)
  let good = 0
  let bad = 0
  try {
    for await (const lines of splitLines(process.stdin, RECEIPT_BYTES_MAX)) {
      for (const line of lines) {
        if (line.byteLength === 0) continue
        if (await verify(session.room, line, settings.json)) good++
        else bad++
      }
    }
    await delivered()
  } finally {
    await session.close()
  }
  say(`${count(good, 'receipt')} good${bad > 0 ? `, ${bad} not` : ''}`)
  return bad > 0 || good === 0 ? 1 : 0
}

/** Prints what became of one receipt. */
async function verify(room: Room, line: Uint8Array, json: boolean): Promise<boolean> {
  let receipt: Receipt | null = null
  try {
    receipt = parse(line)
    const verified = await room.verify(receipt)
    const { id, root, index, lengthThen, lengthNow } = verified
    const grown = `${lengthThen} pages were signed then, ${lengthNow} are now`
    if (json) await writeJson({ verified: true, id, root, index, lengthThen, lengthNow })
    else await write(Buffer.from(`good  message ${index} at ${short(root)}: ${grown}`), '\n')
    return true
  } catch (err) {
    if (!(err instanceof RootPeerError)) throw err
    const { id, root, index } = receipt ?? {}
    if (json) await writeJson({ verified: false, id, root, index, error: describe(err) })
    else await write(Buffer.from(`${err.code}  ${err.message}`), '\n')
    return false
  }
}

function parse(line: Uint8Array): Receipt {
  try {
    const receipt = JSON.parse(Buffer.from(line).toString()) as Partial<Receipt>
    const { id, root, index, coreKey, block } = receipt
    const texts = [id, root, coreKey].every((text) => typeof text === 'string')
    const numbers = [index, block].every((number) => Number.isSafeInteger(number))
    if (texts && numbers) return receipt as Receipt
  } catch {
    // Told below.
  }
  throw new RootPeerError(
    'BAD_RECEIPT',
    'this is no receipt: a JSON line as "send --json" prints it'
  )
}
