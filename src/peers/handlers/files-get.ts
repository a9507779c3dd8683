// `get`: content, streamed as far as the peer has room and the stream takes it.

import { tooMany } from '../../protocol/errors.ts'
import type { FileGet } from '../../protocol/files-channel.ts'
import { limits } from '../../limits.ts'
import { Download } from '../../files/download.ts'
import type { FilesSession } from '../files-session.ts'
import { toldAs } from '../told-as.ts'

/** @throws what closes the channel: a message out of place, or too many answers at a time. */
export function onget(session: FilesSession, { request, files: wanted, limit }: FileGet): void {
  const { files, downloads, connection } = session
  session.begin(request)
  if (downloads.size >= limits.fileGetsMax)
    throw tooMany('answers with content', limits.fileGetsMax)
  const { counters } = connection.peers
  // The frame that asks is not kept for the keys in it.
  const kept = wanted.map((each) => ({ ...each, key: Uint8Array.from(each.key) }))
  const download = new Download(
    files,
    kept,
    limit,
    {
      get ready() {
        return session.ready
      },
      untilReady: () => session.untilReady(),
      turn: () => connection.reads.take(),
      chunks(parts, end) {
        const served = parts.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
        counters.fileBytesServed += served
        connection.visitor.served(served)
        session.send.chunks({ request, parts, end })
      },
      fail(err) {
        downloads.delete(request)
        session.refuse(request, toldAs(err))
      }
    },
    () => downloads.delete(request)
  )
  downloads.set(request, download)
  download.pump()
}
