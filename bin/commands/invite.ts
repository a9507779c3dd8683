// `root-peer invite`: makes a room, or a lesser invite from a greater one. Never asks the network.

import { usage } from '../../src/errors.ts'
import type { Invite } from '../../src/protocol/protocol.ts'
import {
  createRoomKey,
  formatKey,
  keysOf,
  parseInvite,
  parsePeerKey,
  printInvite,
  toGuest,
  toMember,
  toZ32,
  wireLimits
} from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { write, writeJson } from '../output.ts'
import type { Settings } from '../settings.ts'

export async function run({ settings }: Invocation): Promise<void> {
  const invite = make(settings)
  const text = printInvite(invite)
  if (!settings.json) return write(`${text}\n`)
  await writeJson({
    invite: text,
    kind: invite.kind,
    room: toZ32(keysOf(invite).id),
    roots: invite.roots.map(formatKey)
  })
}

function make({ member, guest, roots }: Settings): Invite {
  if (member !== undefined && guest !== undefined) {
    throw usage('one invite at a time: --member or --guest, not both')
  }
  const invite =
    member !== undefined
      ? toMember(parseInvite(member))
      : guest !== undefined
        ? toGuest(parseInvite(guest))
        : { kind: 'owner' as const, roomKey: createRoomKey(), roots: [] }
  if (roots.length === 0) return invite
  if (roots.length > wireLimits.inviteRootsMax) {
    throw usage(`an invite names at most ${wireLimits.inviteRootsMax} root peers`)
  }
  return { ...invite, roots: roots.map(parsePeerKey) }
}
