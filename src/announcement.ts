// What a root peer says of itself to every peer that connects, as of now. Owns no state.

import type { Announcement } from './protocol/control.ts'
import { PROTOCOL_VERSIONS } from './protocol/control.ts'
import { limits } from './limits.ts'
import { AGENT } from './version.ts'

/** What of it changes while the process runs. */
export type Standing = Pick<Announcement, 'durable' | 'writable' | 'ticketNeeded'>

export function announcementOf(standing: Standing): Announcement {
  const { min, max } = PROTOCOL_VERSIONS
  return {
    versionMin: min,
    versionMax: max,
    agent: AGENT,
    ...standing,
    bodyBytesMax: limits.bodyBytesMax,
    frameBytesMax: limits.frameBytesMax,
    frameMessagesMax: limits.frameMessagesMax,
    roomsMax: limits.roomsMax,
    features: []
  }
}
