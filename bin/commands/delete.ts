// `root-peer delete`: the owner deletes a room at its root peers, for everybody and for good.

import type { Invocation } from '../commands.ts'
import { write, writeJson } from '../output.ts'
import { openSession } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const session = await openSession(args[0] ?? '', settings, interruption)
  try {
    const { room } = session
    await room.delete()
    if (settings.json) await writeJson({ room: room.id, deleted: true })
    else await write(Buffer.from('deleted; its root peers do not keep it again'), '\n')
  } finally {
    await session.close()
  }
}
