// What an app is given of friends.

import type { PersonInfo } from '../people/types.ts'

/**
 * `checking` while his device is being dialled; `offline` if he was seen before, by us or a root peer;
 * `unknown` if he never was.
 */
export type FriendStatus = 'online' | 'checking' | 'offline' | 'unknown'

export interface FriendInfo extends Pick<
  PersonInfo,
  'key' | 'handle' | 'name' | 'about' | 'pinned' | 'alarm' | 'direct' | 'lastSeen' | 'roots'
> {
  status: FriendStatus
  /** Milliseconds since 1970. */
  addedAt: number
}

export interface FriendsEvents {
  /** How a friend stands is different, or what he is called; told of each when they begin to be watched. */
  friend: [friend: FriendInfo]
  removed: [event: { key: string }]
}
