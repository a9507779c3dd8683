// The network and the root peers of a client, as its options say, and what it tells of them.

import crypto from 'hypercore-crypto'
import { parsePeerKey } from '../protocol/bytes.ts'
import type { KeyPair } from '../protocol/bytes.ts'
import type { Ticket } from '../protocol/ticket.ts'
import type { RootPeerClient } from './client.ts'
import type { ClientOptions } from './client-options.ts'
import { clientLimits } from './limits.ts'
import { Network } from './roots/network.ts'
import { Roots } from './roots/roots.ts'

/** What a client calls itself to root peers, unless its app says otherwise. */
export const AGENT = 'root-peer-client'

/** @param noise the profile's key to connect under; null without a profile */
export function openNetwork(options: ClientOptions, noise: KeyPair | null): Network {
  const { keyPair, bootstrap, host, dht, swarm } = options
  return new Network({ keyPair: keyPair ?? noise ?? crypto.keyPair(), bootstrap, host, dht, swarm })
}

export function openRoots(
  client: RootPeerClient,
  options: ClientOptions,
  network: Network,
  tickets: readonly Ticket[]
): Roots {
  const roots = new Roots({
    network,
    configured: (options.roots ?? []).map(parsePeerKey),
    fleet: options.network,
    rootsMax: options.rootsMax ?? clientLimits.rootsMax,
    discover: options.discover ?? true,
    lostMs: options.rootLostMs ?? clientLimits.rootLostMs,
    agent: options.agent ?? AGENT,
    tickets
  })
  roots.on('up', (root, told) => client.emit('root-connected', { root, announcement: told }))
  roots.on('writable', (root, writable) => client.emit('root-writable', { root, writable }))
  roots.on('ticket', (root, scopes) => client.emit('root-ticket', { root, scopes }))
  roots.on('down', (root) => client.emit('root-disconnected', { root }))
  roots.on('error', (root, error) => client.emit('root-error', { root, error }))
  roots.on('searching', () => client.emit('searching'))
  return roots
}
