// Looks for words in everything that a root peer keeps on its disk, as a thief of the disk would.

import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

export interface Found {
  files: number
  bytes: number
  /** How many of the needles are somewhere in there. */
  found: number
}

/** Searches every file under a folder for each of the needles. */
export async function scan(folder: string, needles: readonly Buffer[]): Promise<Found> {
  const overlap = Math.max(0, ...needles.map((needle) => needle.byteLength - 1))
  const missing = new Set(needles)
  const result = { files: 0, bytes: 0 }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    result.files++
    let tail = Buffer.alloc(0)
    for await (const chunk of createReadStream(path.join(entry.parentPath, entry.name))) {
      const bytes = Buffer.concat([tail, chunk as Buffer])
      result.bytes += (chunk as Buffer).byteLength
      for (const needle of missing) if (bytes.includes(needle)) missing.delete(needle)
      tail = bytes.subarray(Math.max(0, bytes.byteLength - overlap))
    }
  }
  return { ...result, found: needles.length - missing.size }
}
