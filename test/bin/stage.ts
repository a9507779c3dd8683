// Where the client commands play: a private DHT, a root peer in this process, and a room's invites. Only the
// commands that a test is about are processes.

import type { Test } from 'brittle'
import { formatKey } from '../../src/protocol/bytes.ts'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { printInvite, toGuest, toMember } from '../../src/protocol/invite.ts'
import type { OwnerInvite } from '../../src/protocol/invite.ts'
import { createRoomKey } from '../../src/protocol/keys.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { createDht } from '../helpers/dht.ts'
import type { Finished } from '../helpers/process.ts'
import { runCommand } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

export interface Stage {
  /** `--bootstrap` and `--host` of the private DHT. */
  args: string[]
  root: RootPeer
  /** The root peer's key, in z32. */
  key: string
  storage: string
  /** The owner's. */
  invite: string
  member: string
  guest: string
  /** Runs a command there, to its end. */
  run: (args: string[], stdin?: string | Uint8Array) => Promise<Finished>
}

export async function stage(t: Test): Promise<Stage> {
  const dht = await createDht(t)
  const storage = await tmpFolder(t)
  const root = new RootPeer({ storage, bootstrap: dht.bootstrap, host: '127.0.0.1', port: 0 })
  t.teardown(() => root.close(), { order: 200, force: true })
  await root.ready()
  const roots: PeerKey[] = [root.publicKey]
  const owner: OwnerInvite = { kind: 'owner', roomKey: createRoomKey(), roots }
  return {
    args: dht.args,
    root,
    key: formatKey(root.publicKey),
    storage,
    invite: printInvite(owner),
    member: printInvite(toMember(owner)),
    guest: printInvite(toGuest(owner)),
    run: (args, stdin) =>
      runCommand(t, [...args, ...dht.args], stdin === undefined ? {} : { stdin })
  }
}

/** What a command with `--json` has printed. */
export function objects(stdout: Buffer): Record<string, unknown>[] {
  const text = stdout.toString().trimEnd()
  return text === ''
    ? []
    : text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}
