// `root-peer ls`: what is in a folder of a room, or a file and its versions.

import type { FileInfo, Room } from '../../src/client/client.ts'
import { RootPeerError } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import type { Place } from '../place.ts'
import { lineOf } from '../failure.ts'
import { printFile } from '../listing.ts'
import { delivered } from '../output.ts'
import { openSession } from '../session.ts'

export async function run(invocation: Invocation): Promise<void> {
  await list(invocation.args[0] ?? '', invocation)
}

/** Lists what is at the path that is the second argument. */
export async function list(
  where: string | Place,
  { settings, args, interruption }: Invocation
): Promise<void> {
  const [, path = ''] = args
  const { json, versions } = settings
  const { signal } = interruption
  const session = await openSession(where, settings, interruption)
  try {
    const { files } = session.room
    const top = path.replaceAll('/', '') === ''
    const info = top ? null : await files.stat(path, { signal })
    if (!top && info === null) {
      throw new RootPeerError('FILE_UNKNOWN', `there is no such file in this room: ${path}`)
    }
    const listed =
      info !== null && info.kind === 'file' ? [info] : inFolder(session.room, path, signal)
    for await (const each of listed) {
      await printFile(each, json)
      if (!versions || each.kind === 'folder') continue
      for (const old of await files.versions(each.path, { signal }))
        await printFile(old, json, true)
    }
    await delivered()
  } finally {
    await session.close()
  }
}

async function* inFolder(room: Room, path: string, signal: AbortSignal): AsyncGenerator<FileInfo> {
  let from: string | null = null
  do {
    const place: { from?: string } = from === null ? {} : { from }
    const page = await room.files.list(path, { signal, ...place })
    for (const error of page.errors) process.stderr.write(`${lineOf(error)}\n`)
    yield* page.files
    from = page.next
  } while (from !== null)
}
