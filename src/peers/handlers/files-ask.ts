// `stat`, `list` and `versions`: questions about entries, each answered by one `entries`.

import type { FileList, FileStat, FileVersions, StoredFile } from '../../protocol/files-channel.ts'
import { limits } from '../../limits.ts'
import type { FilesSession } from '../files-session.ts'

/** @throws what closes the channel: a message out of place, or too many unanswered. */
export function onstat(session: FilesSession, { request, keys }: FileStat): void {
  const { files } = session
  session.ask(request, async () => {
    const entries = await files.stat(keys)
    answer(session, request, entries, true)
  })
}

/** @throws as {@link onstat} */
export function onlist(session: FilesSession, { request, folder, after, limit }: FileList): void {
  const { files } = session
  const count = Math.min(limit, limits.fileEntriesMax)
  session.ask(request, async () => {
    const entries = await files.list(folder, after, count)
    answer(session, request, entries, entries.length < count)
  })
}

/** @throws as {@link onstat} */
export function onversions(session: FilesSession, { request, key }: FileVersions): void {
  const { files } = session
  session.ask(request, async () => answer(session, request, await files.versions(key), true))
}

/** What does not fit is left out: the peer asks again from the last one. */
function answer(
  session: FilesSession,
  request: number,
  entries: readonly StoredFile[],
  end: boolean
): void {
  if (session.gone) return
  let bytes = 0
  let count = 0
  for (const { sealed } of entries) {
    bytes += sealed.byteLength
    if (bytes > limits.fileAnswerBytesMax) break
    count++
  }
  const isAll = count === entries.length
  session.send.entries({
    request,
    entries: isAll ? entries : entries.slice(0, count),
    end: end && isAll
  })
}
