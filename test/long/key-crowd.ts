// Many keys of one address, all over one DHT node, that take from a root peer what they can get: each in
// turn connects, founds a room, fills it, and leaves. And at the end as many at once as it lets in.

import createTestnet from 'hyperdht/testnet.js'
import HyperDHT from 'hyperdht'
import crypto from 'hypercore-crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RootPeer } from '../../src/root-peer.ts'
import { newRoom, RawPeer } from '../peers/raw-peer.ts'

/** What one address may have. */
export interface Share {
  rooms: number
  bytes: number
  connections: number
}

export interface Crowd {
  keys: number
  /** Of them that are there at the same time. */
  together: number
  share: Share
  /** Bytes of a message; each key sends until it is refused, two at most. */
  bytes: number
  progress: (keys: number) => void
}

/** What all of them got, and what they were refused. */
export interface Taken extends Share {
  stored: number
  /** Codes, and how often each was heard. */
  refused: Record<string, number>
  ms: number
}

const HOST = '127.0.0.1'
const FRAMES = 2
/** A connection that is not let in is never told so. */
const PATIENCE_MS = 5000

export async function sendCrowd({ keys, together, share, bytes, progress }: Crowd): Promise<Taken> {
  const storage = await mkdtemp(join(tmpdir(), 'root-peer-crowd-'))
  const testnet = await createTestnet(3, { host: HOST })
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const root = new RootPeer({
    storage,
    bootstrap,
    host: HOST,
    roomsPerAddress: share.rooms,
    bytesPerAddress: share.bytes,
    connectionsPerAddress: share.connections
  })
  const node = new HyperDHT({ bootstrap, host: HOST })
  const taken: Taken = { rooms: 0, bytes: 0, connections: 0, stored: 0, refused: {}, ms: 0 }
  const body = 'x'.repeat(bytes)
  const refused = (code: string): void => {
    taken.refused[code] = (taken.refused[code] ?? 0) + 1
  }

  const come = async (): Promise<RawPeer> =>
    RawPeer.over(node.connect(root.publicKey, { keyPair: crypto.keyPair() }))

  const take = async (): Promise<void> => {
    const peer = await come()
    try {
      await peer.greet()
      const room = peer.open(newRoom().keys)
      const code = await Promise.race([room.granted.then(() => null), room.denied])
      if (code !== null) return refused(code)
      const refusal = room.refused()
      for (let i = 0; i < FRAMES; i++) {
        room.append([body])
        const answer = await Promise.race([room.take('stored').then(() => null), refusal])
        if (answer !== null) return refused(answer)
        taken.stored++
      }
    } finally {
      await peer.vanish()
    }
  }

  /** As many at once as are let in, and half as many again. */
  const throng = async (): Promise<void> => {
    const all = Array.from({ length: Math.ceil(share.connections * 1.5) }, async () => {
      const peer = await come()
      const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())
      await Promise.race([peer.greet(), peer.closed, patience])
      return peer
    })
    const peers = await Promise.all(all.map((each) => each.catch(() => null)))
    taken.connections = root.peersConnected
    await Promise.all(peers.flatMap((peer) => (peer === null ? [] : [peer.vanish()])))
  }

  const began = performance.now()
  try {
    await root.ready()
    let left = keys
    await Promise.all(
      Array.from({ length: together }, async () => {
        while (left > 0) {
          left--
          await take()
          progress(keys - left)
        }
      })
    )
    taken.rooms = root.totals.rooms
    taken.bytes = root.totals.bytesKept
    await throng()
  } finally {
    await node.destroy()
    await root.close()
    await testnet.destroy()
    await rm(storage, { recursive: true, force: true })
  }
  return { ...taken, ms: performance.now() - began }
}

/** None of it is more than the share, and it was there to be had. */
export function isHeld(taken: Taken, share: Share): boolean {
  const names = ['rooms', 'bytes', 'connections'] as const
  return names.every((name) => taken[name] <= share[name] && taken[name] >= 0.9 * share[name])
}
