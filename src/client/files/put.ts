// Hands an entry to a root, with all that belongs to it in one message.

import type { FileCommitted, FilePut } from '../../protocol/files-channel.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { FilesLink } from './files-link.ts'

/** Resolves once it is synced. Throws why the root refused; `UNAVAILABLE` if it went away. */
export async function put(link: FilesLink, what: Omit<FilePut, 'request'>): Promise<FileCommitted> {
  const bytes = what.chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const weight = bytes + what.entry.sealed.byteLength + wireLimits.fileOverheadBytes
  await link.admit(weight)
  return new Promise((resolve, reject) => {
    const request = link.ask(
      {
        committed: (committed) => {
          link.done(request)
          resolve(committed)
        },
        failed: reject
      },
      (send, number) => send.put({ request: number, ...what })
    )
    link.charge(request, weight)
  })
}
