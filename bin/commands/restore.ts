// `root-peer restore`: an older version of a file, made the newest again.

import { usage } from '../../src/errors.ts'
import type { Invocation } from '../commands.ts'
import { printFile } from '../listing.ts'
import { delivered } from '../output.ts'
import { copied, openSession } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [invite = '', path = '', version = ''] = args
  if (!/^\d{1,15}$/.test(version)) {
    throw usage(`a version is a number, as ls --versions prints it, not "${version}"`)
  }
  const session = await openSession(invite, settings, interruption)
  try {
    const { keep } = settings
    const versions = keep === undefined ? {} : { versions: keep }
    const { signal } = interruption
    const info = await session.room.files.restore(path, Number(version), { ...versions, signal })
    await copied(session.room)
    await printFile(info, settings.json)
    await delivered()
  } finally {
    await session.close()
  }
}
