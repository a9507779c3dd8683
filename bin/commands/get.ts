// `root-peer get`: a file or a folder of a room, to this machine.

import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { FileInfo, Room } from '../../src/client/client.ts'
import { usage } from '../../src/errors.ts'
import { fetchFile, mirrorDown } from '../../src/mirror/mirror.ts'
import { LocalTree } from '../../src/mirror/local-tree.ts'
import { RootPeerError } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { delivered, write, writeJson } from '../output.ts'
import { openSession } from '../session.ts'
import type { Settings } from '../settings.ts'
import { Transfer } from '../transfer.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', remote = '', given] = args
  const { range } = settings
  if (range !== undefined && given !== undefined && given !== '-') {
    throw usage('a --range goes to stdout: leave out the file')
  }
  const session = await openSession(invite, settings, interruption)
  const transfer = new Transfer('fetched')
  try {
    const { files } = session.room
    const { signal } = interruption
    const top = remote.replaceAll('/', '') === ''
    const info = top ? null : await files.stat(remote, { signal })
    if (!top && info === null) {
      throw new RootPeerError('FILE_UNKNOWN', `there is no such file in this room: ${remote}`)
    }
    if (range !== undefined || given === '-') {
      await toStdout(session.room, remote, settings, signal)
      await delivered()
      return
    }
    const options = transfer.options(settings, interruption)
    if (info === null || info.kind === 'folder') {
      const folder = given ?? (info === null ? '.' : path.basename(info.path))
      transfer.conclude(await mirrorDown(files, remote, path.resolve(folder), options))
    } else {
      const place = await placeOf(info, given)
      let fetched = 0
      const onprogress = (more: number): void => transfer.of((fetched += more), info.size)
      const { size } = await fetchFile(files, remote, place, { ...options, onprogress })
      if (settings.json) await writeJson({ path: info.path, what: 'sent' })
      transfer.conclude({ sent: 1, equal: 0, deleted: 0, skipped: 0, bytes: size })
    }
    await delivered()
  } finally {
    transfer.stop()
    await session.close()
  }
}

async function toStdout(
  room: Room,
  remote: string,
  { range }: Settings,
  signal: AbortSignal
): Promise<void> {
  const { from, to } = range ?? {}
  const reading = await room.files.get(remote, {
    signal,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to })
  })
  for await (const piece of reading) await write(piece)
}

/** Where a file goes: what was said, or its own name in the folder that was, or in this one. */
async function placeOf(info: FileInfo, given: string | undefined): Promise<string> {
  const isFolder =
    given === undefined ||
    given.endsWith(path.sep) ||
    ((await stat(given).catch(() => null))?.isDirectory() ?? false)
  if (!isFolder) return path.resolve(given)
  const tree = await LocalTree.open(path.resolve(given ?? '.'), true)
  return tree.place(info.path.slice(info.path.lastIndexOf('/') + 1))
}
