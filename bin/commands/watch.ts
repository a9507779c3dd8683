// `root-peer watch`: what changes in the files of a room, as it does.

import type { FileChange } from '../../src/client/client.ts'
import { normalPath } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { bytesText, short } from '../display.ts'
import { describe, lineOf } from '../failure.ts'
import { fieldsOf, shown } from '../listing.ts'
import { delivered, write, writeJson } from '../output.ts'
import { openSession, say, tellOnce } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', path = ''] = args
  const folder = normalPath(path)
  const session = await openSession(invite, settings, interruption)
  session.room.on('denied', tellOnce())
  const { from, json } = settings
  const isBelow = (each: string): boolean =>
    folder === '' || each === folder || each.startsWith(`${folder}/`)
  try {
    const options = {
      signal: interruption.signal,
      ...(from === undefined ? {} : { from: String(from) })
    }
    for await (const change of session.room.files.watch(options)) {
      if (change.kind === 'put' && !isBelow(change.file.path)) continue
      if (change.kind === 'deleted' && !isBelow(change.path)) continue
      await (json ? printJson(change) : print(change))
    }
    await delivered()
  } finally {
    await session.close()
  }
}

function printJson(change: FileChange): Promise<void> {
  if (change.kind === 'put') {
    return writeJson({ change: 'put', cursor: change.cursor, ...fieldsOf(change.file) })
  }
  if (change.kind === 'unreadable') {
    return writeJson({ change: 'unreadable', cursor: change.cursor, error: describe(change.error) })
  }
  const { kind, ...rest } = change
  return writeJson({ change: kind, ...rest })
}

async function print(change: FileChange): Promise<void> {
  if (change.kind === 'again') say('all is told from the beginning')
  else if (change.kind === 'unreadable') process.stderr.write(`${lineOf(change.error)}\n`)
  else if (change.kind === 'deleted') {
    await write(`deleted  ${shown(change.path)}  by ${short(change.author)}\n`)
  } else {
    const { path, kind, size, author } = change.file
    const what = kind === 'folder' ? `${shown(path)}/` : `${shown(path)}  ${bytesText(size)}`
    await write(`put      ${what}  by ${short(author)}\n`)
  }
}
