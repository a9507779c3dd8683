// What a client is made of once it is open: profile, network, roots, the direct way, and what is served.
// Puts them together, and undoes a half-open.

import crypto from 'hypercore-crypto'
import type { KeyPair } from '../protocol/bytes.ts'
import { parsePeerKey } from '../protocol/bytes.ts'
import { randomBytes } from '../protocol/derive.ts'
import { parseTicket } from '../protocol/ticket.ts'
import type { ClientEvents, ClientOptions } from './client-options.ts'
import { Direct } from './direct/direct.ts'
import { Host } from './host/host.ts'
import { Spaces } from './host/spaces.ts'
import { clientLimits } from './limits.ts'
import { identityOf } from './profile/identity.ts'
import type { Profile } from './profile/profile.ts'
import { openPeople } from './people/opening.ts'
import type { OpenPeople } from './people/opening.ts'
import { Network } from './roots/network.ts'
import { Roots } from './roots/roots.ts'

export interface Opened {
  readonly profile: Profile | null
  readonly identity: KeyPair
  readonly network: Network
  readonly roots: Roots
  /** Null where nobody is spoken to directly. */
  readonly direct: Direct | null
  readonly host: Host
  readonly spaces: Spaces
  /** Who we are to others, and who they are. */
  readonly known: OpenPeople
}

/** How a part of a client tells the app. */
export type TellClient = <Name extends keyof ClientEvents>(
  name: Name,
  ...event: ClientEvents[Name]
) => void

/** Connects to nobody yet. Throws what the profile and the network do. */
export async function openParts(options: ClientOptions, tell: TellClient): Promise<Opened> {
  const { profile: folder, restored, store, seed } = options
  const from = store ?? folder
  const profile =
    from === undefined ? null : await openProfile(from, seed ?? null, restored ?? false)
  try {
    const identity = profile?.identity ?? identityOf(seed ?? randomBytes(32))
    return await openNetwork(options, tell, { profile, identity })
  } catch (err) {
    await profile?.close() // for who tries again with another client
    throw err
  }
}

/** Loaded only where something is kept: it brings the whole of Hypercore's storage along. */
async function openProfile(
  from: Parameters<typeof Profile.open>[0],
  seed: Uint8Array | null,
  restored: boolean
): Promise<Profile> {
  const { Profile } = await import('./profile/profile.ts')
  return Profile.open(from, { seed, restored })
}

async function openNetwork(
  options: ClientOptions,
  tell: TellClient,
  { profile, identity }: Pick<Opened, 'profile' | 'identity'>
): Promise<Opened> {
  const { keyPair, bootstrap, host: address, dht, swarm, agent = 'root-peer-client' } = options
  const network = new Network({
    keyPair: keyPair ?? profile?.noise ?? crypto.keyPair(),
    bootstrap,
    host: address,
    dht,
    swarm
  })
  await network.open()
  const roots = new Roots({
    network,
    configured: (options.roots ?? []).map(parsePeerKey),
    fleet: options.network,
    rootsMax: options.rootsMax ?? clientLimits.rootsMax,
    discover: options.discover ?? true,
    lostMs: options.rootLostMs ?? clientLimits.rootLostMs,
    agent,
    tickets: (options.tickets ?? []).map(parseTicket)
  })
  roots.on('up', (root, told) => tell('root-connected', { root, announcement: told }))
  roots.on('writable', (root, writable) => tell('root-writable', { root, writable }))
  roots.on('ticket', (root, scopes) => tell('root-ticket', { root, scopes }))
  roots.on('down', (root) => tell('root-disconnected', { root }))
  roots.on('error', (root, error) => tell('root-error', { root, error }))
  roots.on('searching', () => tell('searching'))
  const host = new Host({
    network,
    identity,
    agent,
    now: options.now ?? Date.now,
    failed: (error) => tell('member-error', { peer: '', error })
  })
  const direct =
    options.direct === false
      ? null
      : new Direct({
          network,
          announce: options.announce ?? 'rootless',
          isRoot: (peer) => roots.knows(peer),
          failed: (peer, error) => tell('member-error', { peer, error })
        })
  const known = await openPeople({
    network,
    roots,
    profile,
    identity,
    device: host,
    agent,
    options
  })
  const spaces = new Spaces({ host, profile, persons: known.persons })
  return { profile, identity, network, roots, direct, host, spaces, known }
}
