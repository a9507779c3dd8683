// `root-peer rm`: deletes a file or a folder of a room.

import { RootPeerError } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { shown } from '../listing.ts'
import { delivered, writeJson } from '../output.ts'
import { copied, openSession, say } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', path = ''] = args
  const session = await openSession(invite, settings, interruption)
  try {
    if (!(await session.room.files.delete(path, { signal: interruption.signal }))) {
      throw new RootPeerError('FILE_UNKNOWN', `there is no such file in this room: ${path}`)
    }
    await copied(session.room)
    if (settings.json) await writeJson({ path, what: 'deleted' })
    else say(`deleted ${shown(path)}`)
    await delivered()
  } finally {
    await session.close()
  }
}
