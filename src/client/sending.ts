// What a room tells its app of what it sends. Ids are made only for those who listen.

import type { EventEmitter } from 'events'
import type { WireCode } from '../protocol/errors.ts'
import type { QuotaFigures } from '../protocol/quota.ts'
import type { OutboxEvents } from './outbox/outbox-events.ts'
import type { RoomEvents } from './room-events.ts'

export function sendingEvents(room: EventEmitter<RoomEvents>): OutboxEvents {
  return {
    queued: (entry, kept) => {
      if (room.listenerCount('queued') > 0) room.emit('queued', { ids: entry.ids, kept })
    },
    stored: (entry, { root, first: index, storedAt }) => {
      if (room.listenerCount('stored') === 0) return
      room.emit('stored', { root, ids: entry.ids, index, storedAt })
    },
    refused: (root, { ids }, { code, message: detail, quota }) => {
      if (room.listenerCount('refused') === 0) return
      const full = (quota as QuotaFigures | undefined) ?? null
      room.emit('refused', { root, ids, code: code as WireCode, detail, quota: full })
    },
    dropped: (root) => room.emit('root-dropped', { root })
  }
}
