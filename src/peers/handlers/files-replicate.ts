// `replicate`: index and content by Hypercore's own replication, on request; the answer names the cores,
// and comes once they are offered.

import type { FilesReplicate } from '../../protocol/files-channel.ts'
import { Replication } from '../replication.ts'
import type { FilesSession } from '../files-session.ts'
import { toldAs } from '../told-as.ts'

/** @throws what closes the channel: a message out of place. */
export function onfilesreplicate(session: FilesSession, { on }: FilesReplicate): void {
  const { files } = session
  if (!on) {
    session.replication?.end()
    session.replication = null
    session.send.replicate({ on, index: null, contents: [] })
    return
  }
  offer(session, files).catch((err: unknown) => session.deny(toldAs(err)))
}

async function offer(session: FilesSession, files: FilesSession['files']): Promise<void> {
  const { cores } = files
  session.replication ??= new Replication(session.connection.mux, {
    hold: () => files.use(),
    async cores() {
      const { index, contents } = await cores.all()
      return index === null ? [] : [index.bee.core, ...contents]
    }
  })
  await session.replication.offer()
  const { index, contents } = await cores.all()
  if (session.gone) return
  session.send.replicate({
    on: true,
    index: index?.key ?? null,
    contents: contents.map(({ key }) => key as NonNullable<typeof cores.key>)
  })
}
