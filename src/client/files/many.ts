// The bytes of many small files in a few questions, in their order; the next question is asked while the
// answer to one is being read.

import { wireLimits } from '../../protocol/limits.ts'
import { Ahead } from './ahead.ts'
import type { ContentReader } from './content-reader.ts'
import { isCode, passes } from './failures.ts'
import type { FileInfo } from './file-info.ts'
import { foundAt } from './file-info.ts'
import type { Located } from './catalog.ts'

/** @param one reads a file that could not be had together with others: as it is now, at whichever root answers. */
export async function* readMany(
  reader: ContentReader,
  files: readonly FileInfo[],
  one: (info: FileInfo) => Promise<{ info: FileInfo; bytes: Uint8Array }>
): AsyncGenerator<{ info: FileInfo; bytes: Uint8Array }> {
  const ask = (from: number): Question => {
    const together = togetherFrom(files, from)
    return { from, count: together.length, answer: new Ahead(reader.readSmall(together)) }
  }
  let next: Question | null = null
  let done = 0
  try {
    while (done < files.length) {
      const asked: Question = next?.from === done ? next : ask(done)
      if (asked !== next) await next?.answer.stop()
      const behind: number = done + asked.count
      next = asked.count > 0 && behind < files.length ? ask(behind) : null
      try {
        for await (const bytes of asked.answer.take()) {
          yield { info: files[done++] as FileInfo, bytes }
        }
        if (asked.count > 0) continue
      } catch (err) {
        if (!passes(err) && !isCode(err, 'FILE_UNKNOWN')) throw err
      }
      const info = files[done++]
      if (info !== undefined) yield one(info)
    }
  } finally {
    await next?.answer.stop()
  }
}

interface Question {
  /** Which of the files is the first in it, and how many are. */
  from: number
  count: number
  answer: Ahead<Uint8Array>
}

/** Those that one root is known to have, and that is there. */
function togetherFrom(files: readonly FileInfo[], from: number): Located[] {
  const [first, ...rest] = files.slice(from, from + wireLimits.filesWantedMax).map(foundAt)
  const together = first !== undefined && first !== null && first.link.open !== null ? [first] : []
  for (const each of rest) {
    if (each === null || each.link !== together[0]?.link) break
    together.push(each)
  }
  return together
}
