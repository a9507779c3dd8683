// `root-peer read`: the messages of a room, one a line, from where the user wants.

import type { ReadMessage, Room, Unreadable } from '../../src/client/client.ts'
import { MessageKind } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { count, short, visibleBytes } from '../display.ts'
import { describe, lineOf } from '../failure.ts'
import { delivered, write, writeJson } from '../output.ts'
import { Progress } from '../progress.ts'
import { openSession, say, tellOnce } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const { from, follow, json } = settings
  const session = await openSession(args[0] ?? '', settings, interruption)
  const print = json ? printJson : process.stdout.isTTY ? printVisible : printBytes
  const seen = { messages: 0, unproven: 0, unreadable: 0 }
  const progress = new Progress(() => count(seen.messages, 'message'), !process.stdout.isTTY)
  tellTrouble(session.room)
  // It ends a read that does not follow, and is told then.
  if (follow) session.room.on('denied', tellOnce())
  try {
    const options = { follow, signal: interruption.signal, ...(from === undefined ? {} : { from }) }
    for await (const item of session.room.read(options)) {
      if ('error' in item) seen.unreadable++
      else seen.messages++
      if (!('error' in item) && !item.proven) seen.unproven++
      await print(item)
    }
    await delivered()
  } finally {
    progress.stop()
    await session.close()
  }
  say(
    [
      count(seen.messages, 'message'),
      ...(seen.unproven > 0 ? [`${seen.unproven} of them not proven to be their author's`] : []),
      ...(seen.unreadable > 0 ? [`${seen.unreadable} that do not open`] : [])
    ].join(', ')
  )
}

function printJson(item: ReadMessage | Unreadable): Promise<void> {
  if ('error' in item) {
    const { index, root, error } = item
    return writeJson({ index, root, error: describe(error) })
  }
  const { id, cursor, index, root, storedAt, sentAt, author, chain, number } = item
  const { proven, fork, late } = item
  const body = Buffer.from(item.body).toString('base64')
  return writeJson({
    id,
    cursor,
    index,
    root,
    storedAt,
    sentAt,
    author,
    chain,
    number,
    proven,
    fork,
    late,
    body
  })
}

async function printBytes(item: ReadMessage | Unreadable): Promise<void> {
  if ('error' in item) tellUnreadable(item)
  else if (item.kind === MessageKind.text) await write(item.body, '\n')
}

async function printVisible(item: ReadMessage | Unreadable): Promise<void> {
  if ('error' in item) tellUnreadable(item)
  else if (item.kind === MessageKind.text) await write(visibleBytes(item.body), '\n')
}

function tellUnreadable({ index, root, error }: Unreadable): void {
  process.stderr.write(`${lineOf(error)} (message ${index} at root peer ${short(root)})\n`)
}

/** What a reader must not miss in silence. */
function tellTrouble(room: Room): void {
  room.on('gap', ({ root, from, to }) =>
    say(`messages ${from} to ${to - 1} are gone at root peer ${short(root)}`)
  )
  room.on('hole', ({ from, to }) =>
    say(`of one author ${count(to - from, 'message')} (number ${from} on) is not to be had here`)
  )
  room.on('reset', ({ root, number }) =>
    say(
      `root peer ${short(root)} has no such place: its log ends before it, or was restored; reading goes on at message ${number}`
    )
  )
}
