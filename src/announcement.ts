// What a root peer says of itself to every peer that connects, as of now. Owns no state.

import type { Announcement } from './protocol/control.ts'
import { PROTOCOL_VERSIONS } from './protocol/control.ts'
import { DIRECTORY_FEATURE } from './protocol/directory-channel.ts'
import { limits } from './limits.ts'
import { AGENT } from './version.ts'

/** @param store, access - what of it changes while the process runs; directory - null where none is kept */
export function announcementOf(
  store: Pick<Announcement, 'durable' | 'writable'>,
  access: { readonly mode: string },
  directory: object | null
): Announcement {
  const { min, max } = PROTOCOL_VERSIONS
  return {
    versionMin: min,
    versionMax: max,
    agent: AGENT,
    durable: store.durable,
    writable: store.writable,
    ticketNeeded: access.mode === 'tickets',
    bodyBytesMax: limits.bodyBytesMax,
    frameBytesMax: limits.frameBytesMax,
    frameMessagesMax: limits.frameMessagesMax,
    roomsMax: limits.roomsMax,
    features: directory === null ? [] : [DIRECTORY_FEATURE]
  }
}
