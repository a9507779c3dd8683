// The bytes of many small files in a few questions, in their order.

import { wireLimits } from '../../protocol/limits.ts'
import type { ContentReader } from './content-reader.ts'
import { isCode, passes } from './failures.ts'
import type { FileInfo } from './file-info.ts'
import { foundAt } from './file-info.ts'

/** @param one reads a file that could not be had together with others: as it is now, at whichever root answers. */
export async function* readMany(
  reader: ContentReader,
  files: readonly FileInfo[],
  one: (info: FileInfo) => Promise<{ info: FileInfo; bytes: Uint8Array }>
): AsyncGenerator<{ info: FileInfo; bytes: Uint8Array }> {
  let done = 0
  while (done < files.length) {
    // Those that one root is known to have, and that is there.
    const [first, ...rest] = files.slice(done, done + wireLimits.filesWantedMax).map(foundAt)
    const together =
      first !== undefined && first !== null && first.link.open !== null ? [first] : []
    for (const each of rest) {
      if (each === null || each.link !== together[0]?.link) break
      together.push(each)
    }
    try {
      for await (const bytes of reader.readSmall(together)) {
        yield { info: files[done++] as FileInfo, bytes }
      }
      if (together.length > 0) continue
    } catch (err) {
      if (!passes(err) && !isCode(err, 'FILE_UNKNOWN')) throw err
    }
    const info = files[done++]
    if (info !== undefined) yield one(info)
  }
}
