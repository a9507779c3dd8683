// `root-peer put`: a file or a folder of this machine, into a room.

import { stat } from 'node:fs/promises'
import path from 'node:path'
import mime from 'mime'
import { reasonOf, usage } from '../../src/errors.ts'
import { mirrorUp } from '../../src/mirror/mirror.ts'
import { readPieces } from '../../src/mirror/local-file.ts'
import { lesserInvite } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { delivered, writeJson } from '../output.ts'
import { copied, openSession, tellOnce } from '../session.ts'
import { Transfer } from '../transfer.ts'

export const mediaTypeOf = (name: string): string =>
  mime.getType(name) ?? 'application/octet-stream'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', given = '', target] = args
  const local = path.resolve(given)
  const found = await stat(local).catch((err: unknown) => {
    throw usage(`${given} can't be read: ${reasonOf(err)}`)
  })
  const into = target ?? path.basename(local)
  const session = await openSession(invite, settings, interruption)
  const transfer = new Transfer('sent')
  try {
    const { files, access } = session.room
    if (access === 'guest') throw lesserInvite('member', 'guest')
    session.room.on('denied', tellOnce())
    const options = { ...transfer.options(settings, interruption), mediaType: mediaTypeOf }
    if (found.isDirectory()) {
      const done = await mirrorUp(files, local, into, options)
      await copied(session.room)
      transfer.conclude(done)
    } else {
      const { size } = found
      await files.put(into, () => readPieces(local, size), {
        size,
        mediaType: mediaTypeOf(local),
        modifiedAt: found.mtimeMs,
        signal: interruption.signal,
        onprogress: (stored) => transfer.of(stored, size),
        ...(settings.keep === undefined ? {} : { versions: settings.keep })
      })
      await copied(session.room)
      if (settings.json) await writeJson({ path: into, what: 'sent' })
      transfer.conclude({ sent: 1, equal: 0, deleted: 0, skipped: 0, bytes: size })
    }
    await delivered()
  } finally {
    transfer.stop()
    await session.close()
  }
}
