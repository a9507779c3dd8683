// What a folder takes on its disk. Looks at one file after the other, so that nothing else waits.

import { lstat, opendir } from 'node:fs/promises'
import path from 'node:path'

/** Unit of `stat.blocks`, whatever the file system's own is. */
const BLOCK_BYTES = 512

/**
 * Bytes that a folder and all that is in it take on the disk. What vanishes while it is looked at
 * counts as nothing: the database removes files as it goes.
 */
export async function usedBytes(folder: string): Promise<number> {
  let bytes = 0
  try {
    for await (const entry of await opendir(folder)) {
      const file = path.join(folder, entry.name)
      bytes += entry.isDirectory() ? await usedBytes(file) : await fileBytes(file)
    }
  } catch (err) {
    if (!isGone(err)) throw err
  }
  return bytes + (await fileBytes(folder))
}

async function fileBytes(file: string): Promise<number> {
  try {
    return (await lstat(file)).blocks * BLOCK_BYTES
  } catch (err) {
    if (isGone(err)) return 0
    throw err
  }
}

function isGone(err: unknown): boolean {
  return (err as NodeJS.ErrnoException).code === 'ENOENT'
}
