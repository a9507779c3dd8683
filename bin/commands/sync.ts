// `root-peer sync`: a folder here and one of a room, made equal one way.

import path from 'node:path'
import { usage } from '../../src/errors.ts'
import { mirrorDown, mirrorUp } from '../../src/mirror/mirror.ts'
import { lesserInvite } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { delivered } from '../output.ts'
import { copied, openSession, tellOnce } from '../session.ts'
import { Transfer } from '../transfer.ts'
import { mediaTypeOf } from './put.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', folder = '', remote = ''] = args
  const { up, down } = settings
  if (!up && !down) throw usage('which way? --up to the room, --down from it')
  const session = await openSession(invite, settings, interruption)
  const transfer = new Transfer(up ? 'sent' : 'fetched')
  try {
    const { files, access } = session.room
    if (up && access === 'guest') throw lesserInvite('member', 'guest')
    session.room.on('denied', tellOnce())
    const options = { ...transfer.options(settings, interruption), mediaType: mediaTypeOf }
    const local = path.resolve(folder)
    const done = up
      ? await mirrorUp(files, local, remote, options)
      : await mirrorDown(files, remote, local, options)
    if (up) await copied(session.room)
    transfer.conclude(done)
    await delivered()
  } finally {
    transfer.stop()
    await session.close()
  }
}
