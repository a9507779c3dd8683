// The commands for friends: the list that the profile folder keeps, and how each of them stands.

import type { FriendInfo, RootPeerClient } from '../../src/client/client.ts'
import { RootPeerError } from '../../src/protocol/protocol.ts'
import { withClient } from '../client.ts'
import type { Run } from '../commands.ts'
import { durationText } from '../display.ts'
import { delivered, write, writeJson } from '../output.ts'
import type { Settings } from '../settings.ts'
import { said } from './people.ts'

export const friendsAdd: Run = ({ settings, args, interruption }) =>
  withClient(settings, interruption, { own: true }, async (client) => {
    const { key, handle, name, addedAt } = await client.friends.add(args[0] ?? '')
    if (settings.json) return writeJson({ key, handle, name, addedAt })
    return write(`${key}  ${said(handle)}  ${said(name)}\n`)
  })

export const friendsRm: Run = ({ settings, args, interruption }) =>
  withClient(settings, interruption, { own: true }, async (client) => {
    if (await client.friends.remove(args[0] ?? '')) return 0
    throw new RootPeerError('HANDLE_UNKNOWN', 'there is no such friend: friends ls prints them')
  })

export const friendsLs: Run = ({ settings, interruption }) =>
  withClient(settings, interruption, { own: true, present: settings.watch }, async (client) => {
    const { signal } = interruption
    if (settings.watch) client.friends.on('friend', (friend) => void print(friend, settings))
    const friends = await checked(client, signal)
    if (settings.watch) await interruption.wait()
    else for (const friend of friends) await print(friend, settings)
    await delivered()
  })

/** All of them, once each has answered or did not. */
async function checked(client: RootPeerClient, signal: AbortSignal): Promise<FriendInfo[]> {
  while (true) {
    const friends = await client.friends.list()
    if (signal.aborted || friends.every(({ status }) => status !== 'checking')) return friends
    await new Promise<void>((resolve) => {
      client.friends.once('friend', () => resolve())
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

function print(friend: FriendInfo, { json }: Settings): Promise<void> {
  if (json) {
    const { key, handle, name, status, lastSeen, pinned, alarm, direct, about, addedAt, roots } =
      friend
    const first = { key, handle, name, status, lastSeen, pinned }
    return writeJson({ ...first, alarm, direct, about, addedAt, roots })
  }
  const { key, handle, name, status, lastSeen } = friend
  const since =
    status === 'offline' ? ` (seen ${durationText(Math.max(0, Date.now() - lastSeen))} ago)` : ''
  return write(`${key}  ${said(handle)}  ${said(name)}  ${status}${since}\n`)
}
