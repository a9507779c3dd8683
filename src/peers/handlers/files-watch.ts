// `watch`: the entries that are stored from a place on, as they come.

import { tooMany } from '../../protocol/errors.ts'
import type { FileWatch } from '../../protocol/files-channel.ts'
import { limits } from '../../limits.ts'
import type { FilesSession } from '../files-session.ts'
import { toldAs } from '../told-as.ts'

/** @throws what closes the channel: a message out of place, or too many that watch. */
export function onwatch(session: FilesSession, watch: FileWatch): void {
  const { files, followers, connection, send } = session
  const { request } = watch
  session.begin(request)
  if (followers.size >= limits.fileWatchesMax) throw tooMany('watches', limits.fileWatchesMax)
  const follower = files.follow(watch, {
    get ready() {
      return session.ready
    },
    turn: () => connection.reads.take(),
    changes: (index, entries, next, end) =>
      void send.changes({ request, index, entries, next, end }),
    reset: (index, seq) => void send.reset({ request, index, seq }),
    ended: () => followers.delete(request),
    fail(err) {
      followers.delete(request)
      session.refuse(request, toldAs(err))
    }
  })
  followers.set(request, follower)
  follower.pump()
}
