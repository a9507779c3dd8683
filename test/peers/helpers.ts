// A root on a private DHT or in memory, a bystander whose room must not suffer from what others do, and
// the scene in which they meet.

import type { Test } from 'brittle'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import crypto from 'hypercore-crypto'
import type { KeyPair } from '../../src/protocol/bytes.ts'
import type { RoomKeys } from '../../src/protocol/keys.ts'
import { limits } from '../../src/limits.ts'
import type { Access } from '../../src/access/access.ts'
import { Peers } from '../../src/peers/peers.ts'
import type { PeersOptions } from '../../src/peers/peers.ts'
import { FilesPurse } from '../../src/access/files-purse.ts'
import { RoomsLedger } from '../../src/access/ledger.ts'
import { Files } from '../../src/files/files.ts'
import { Counters } from '../../src/counters.ts'
import { Directory } from '../../src/directory/directory.ts'
import type { Rooms } from '../../src/rooms/rooms.ts'
import type { Store } from '../../src/storage/store.ts'
import { RootPeer } from '../../src/root-peer.ts'
import type { RootPeerConfig } from '../../src/root-peer.ts'
import { createDht } from '../helpers/dht.ts'
import type { PrivateDht } from '../helpers/dht.ts'
import { openAccess } from '../access/helpers.ts'
import { openRooms } from '../rooms/helpers.ts'
import type { OpenOptions } from '../rooms/helpers.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { newRoom, pullFrom, RawPeer } from './raw-peer.ts'
import type { RawRoom } from './raw-peer.ts'

export * from './raw-peer.ts'

export interface World {
  dht: PrivateDht
  root: RootPeer
  /** Codes of the rules that peers broke, as the root tells its operator. */
  violations: string[]
  /** Rooms that were registered. */
  rooms: Uint8Array[]
  connect: (keyPair?: KeyPair) => Promise<RawPeer>
  /** One more root of the same private DHT. */
  startRoot: (config?: Partial<RootPeerConfig>) => Promise<RootPeer>
}

export async function createWorld(t: Test, config: Partial<RootPeerConfig> = {}): Promise<World> {
  const dht = await createDht(t)
  const node = dht.createNode()
  const startRoot = async (more: Partial<RootPeerConfig> = {}): Promise<RootPeer> => {
    const root = new RootPeer({
      storage: await tmpFolder(t),
      bootstrap: dht.bootstrap,
      host: '127.0.0.1',
      ...more
    })
    t.teardown(() => root.close(), { order: 500, force: true })
    await root.ready()
    return root
  }
  const root = await startRoot(config)
  const violations: string[] = []
  const rooms: Uint8Array[] = []
  root.on('violation', ({ error }) => violations.push(error.code))
  root.on('room-registered', ({ room }) => rooms.push(room))
  const connect = async (keyPair: KeyPair = crypto.keyPair()): Promise<RawPeer> => {
    const stream = node.connect(root.publicKey, { keyPair })
    t.teardown(() => stream.destroy(), { force: true })
    return RawPeer.over(stream)
  }
  return { dht, root, violations, rooms, connect, startRoot }
}

export interface PeersWorld {
  store: Store
  rooms: Rooms
  access: Access
  files: Files
  directory: Directory
  peers: Peers
  violations: string[]
  /** A peer, and the root's end of its connection. */
  connect: (keyPair?: KeyPair) => Promise<{ peer: RawPeer; ours: NoiseSecretStream }>
}

/** What a test may make shorter or fewer. */
type Bounds = Pick<PeersOptions, 'helloMs' | 'silenceMs' | 'connectionsPerAddress'> & {
  config?: Partial<RootPeerConfig>
}

/** Peers over rooms and a store that a test can get at, connected in memory. */
export async function createPeers(
  t: Test,
  options: OpenOptions & Bounds = {}
): Promise<PeersWorld> {
  const {
    helloMs,
    silenceMs,
    connectionsPerAddress,
    now = Date.now,
    config = {},
    ...rest
  } = options
  const { store, rooms } = await openRooms(t, { now, ...rest })
  const violations: string[] = []
  const space = new FilesPurse()
  const files = await Files.open(store, { now, space })
  t.teardown(() => files.close(), { order: -1, force: true })
  const ledger = new RoomsLedger(rooms, files)
  const access = await openAccess(store, { config, ledger, now })
  t.teardown(() => access.close(), { order: -1, force: true })
  space.charge(access.treasury, ledger)
  const most = config.directoryMax ?? limits.directoryMax
  const counters = new Counters()
  const directory = await Directory.open(store, { most, counters, now, believed: now })
  t.teardown(() => directory.close(), { order: -1, force: true })
  const peers = new Peers({
    rooms,
    access,
    files,
    directory,
    announcement: () => ({
      versionMin: 1,
      versionMax: 1,
      agent: 'test',
      durable: store.durable,
      writable: store.writable,
      ticketNeeded: false,
      bodyBytesMax: limits.bodyBytesMax,
      frameBytesMax: limits.frameBytesMax,
      frameMessagesMax: limits.frameMessagesMax,
      roomsMax: limits.roomsMax,
      features: []
    }),
    now,
    connected: () => {},
    disconnected: () => {},
    violated: (_, err) => violations.push(err.code),
    helloMs,
    silenceMs,
    connectionsPerAddress
  })
  t.teardown(() => peers.close(), { order: -2, force: true })
  const connect = async (
    keyPair?: KeyPair
  ): Promise<{ peer: RawPeer; ours: NoiseSecretStream }> => {
    const { ours, theirs } = await bridge(t, keyPair)
    peers.accept(ours)
    return { peer: await RawPeer.over(theirs), ours }
  }
  return { store, rooms, access, files, directory, peers, violations, connect }
}

/** Two ends of one connection in memory: no DHT between them, and both handshakes done. */
export async function bridge(
  t: Test,
  keyPair: KeyPair = crypto.keyPair()
): Promise<{ ours: NoiseSecretStream; theirs: NoiseSecretStream }> {
  const theirs = new NoiseSecretStream(true, null, { keyPair })
  const ours = new NoiseSecretStream(false)
  theirs.rawStream.pipe(ours.rawStream).pipe(theirs.rawStream)
  theirs.on('error', () => {})
  // As a network does it, and a pipe does not.
  for (const end of [ours, theirs]) end.setKeepAlive(5000)
  ours.once('close', () => theirs.destroy())
  theirs.once('close', () => ours.destroy())
  t.teardown(() => [ours, theirs].forEach((stream) => stream.destroy()), { force: true })
  await Promise.all([ours.opened, theirs.opened])
  return { ours, theirs }
}

/** An honest member that is there the whole time: what it sends is all that its room ever holds. */
export class Bystander {
  readonly #room: RawRoom
  #sent = 0

  static async enter(world: World, keys: RoomKeys): Promise<Bystander> {
    const peer = await world.connect()
    return new Bystander(await peer.enter(keys, pullFrom(0)))
  }

  private constructor(room: RawRoom) {
    this.#room = room
  }

  /** Sends one message and reads it back: the next number, and nothing of anybody else between. */
  async unharmed(t: Test): Promise<void> {
    const text = `message ${this.#sent}`
    this.#room.append([text])
    const { first } = await this.#room.take('stored')
    t.is(first, this.#sent, 'nothing else was stored')
    t.alike(await this.#room.texts(1), [text], 'the bystander is unharmed')
    this.#sent++
  }
}

/** An attacked room in a world, and who is in it. */
export interface Scene {
  world: World
  keys: RoomKeys
  honest: Bystander
}

export async function createScene(t: Test): Promise<Scene> {
  const world = await createWorld(t)
  const { keys } = newRoom()
  return { world, keys, honest: await Bystander.enter(world, keys) }
}
