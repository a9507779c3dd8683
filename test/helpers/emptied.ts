// A root peer's data folder that lost everything but its primary key, as after a disk that died while the
// key had been written down: the same name, and nothing kept.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Corestore from 'corestore'

/** Empties the data folder of a root peer that is not running. Start it with `restored`. */
export async function emptyStorage(folder: string): Promise<void> {
  const path = join(folder, 'corestore')
  const before = new Corestore(path)
  await before.ready()
  const { primaryKey } = before
  await before.close()
  if (primaryKey === null) throw new Error(`no primary key in ${path}`)
  await rm(folder, { recursive: true })
  const after = new Corestore(path, { primaryKey, unsafe: true })
  await after.ready()
  await after.close()
}
