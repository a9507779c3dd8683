// `replicate`: the room's cores by Hypercore's own replication, on request; the answer comes once they
// are offered, so that the peer does not open what is not served yet.

import { unexpected } from '../../protocol/errors.ts'
import type { Replicate } from '../../protocol/room-channel.ts'
import type Hypercore from 'hypercore'
import type { Log } from '../../rooms/log.ts'
import type { CoreSource } from '../replication.ts'
import { Replication } from '../replication.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a message out of place, or a log that can't be read. */
export async function onreplicate(session: RoomSession, { on }: Replicate): Promise<void> {
  const { seat, connection } = session
  if (seat === null || !session.granted) throw unexpected('"replicate" before "granted"')
  if (on) {
    session.replication ??= new Replication(connection.mux, segmentsOf(seat.room.log))
    await session.replication.offer()
  } else {
    session.replication?.end()
    session.replication = null
  }
  if (!session.gone) session.send.replicate({ on })
}

function segmentsOf(log: Log): CoreSource {
  return {
    hold: () => log.hold(),
    async cores() {
      const cores: Hypercore[] = []
      for (let i = 0; i < log.segments.all.length; i++) cores.push((await log.core(i)).core)
      return cores
    }
  }
}
