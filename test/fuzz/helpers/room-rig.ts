// The real thing that the model of a room is held against: store, rooms and peers over a folder that can
// be closed, copied, set back and opened again, and one member connected to them in memory.

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import crypto from 'hypercore-crypto'
import { createRoomKey, ownerKeys } from '../../../src/protocol/keys.ts'
import type { Retention } from '../../../src/protocol/retention.ts'
import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { limits } from '../../../src/limits.ts'
import type { Access } from '../../../src/access/access.ts'
import { Peers } from '../../../src/peers/peers.ts'
import { RoomsLedger } from '../../../src/access/ledger.ts'
import { Files } from '../../../src/files/files.ts'
import { Rooms } from '../../../src/rooms/rooms.ts'
import { Store } from '../../../src/storage/store.ts'
import { nodeFiles } from '../../../src/storage/sync.ts'
import type { SyncFiles } from '../../../src/storage/sync.ts'
import { openAccess } from '../../access/helpers.ts'
import { RawPeer } from '../../peers/helpers.ts'
import { Member } from './member.ts'

const reserveBytes = 100

/** Syncs that are over at once: what a power cut takes has tests of its own, and here many steps count. */
const syncFiles: SyncFiles = {
  list: (folder) => nodeFiles.list(folder),
  async open(file) {
    const handle = await nodeFiles.open(file)
    const nothing = (): Promise<void> => Promise.resolve()
    return { datasync: nothing, sync: nothing, close: () => handle.close() }
  }
}

interface Parts {
  store: Store
  rooms: Rooms
  access: Access
  files: Files
  peers: Peers
}

export class RoomRig {
  readonly keys = ownerKeys(createRoomKey())
  /** The time, as the root is told it. */
  now = Date.now()
  readonly #noise = crypto.keyPair()
  readonly #root = mkdtempSync(join(tmpdir(), 'root-peer-model-'))
  readonly #disk = { free: 10 * reserveBytes }
  // A store keeps no process alive by itself.
  readonly #alive = setInterval(() => {}, 1000)
  #parts: Parts | null = null
  #copies = 0
  #member: Member | null = null

  static async open(): Promise<RoomRig> {
    const rig = new RoomRig()
    await rig.start()
    return rig
  }

  get member(): Member {
    if (this.#member === null) throw new Error('nobody is connected')
    return this.#member
  }

  get #folder(): string {
    return join(this.#root, 'store')
  }

  /** Opens everything, and the member enters. */
  async start(options: { restored?: boolean } = {}): Promise<void> {
    const disk = this.#disk
    const store = await Store.open({
      directory: this.#folder,
      diskReserveBytes: reserveBytes,
      diskCheckMs: 1,
      syncFiles,
      freeBytes: () => Promise.resolve(disk.free),
      ...options
    })
    const nothing = (): void => {}
    const rooms = await Rooms.open(
      store,
      {
        registered: nothing,
        stored: nothing,
        freed: nothing,
        retained: (room) => this.#parts?.peers.retained(room),
        deleted: (id) => this.#parts?.peers.deleted(id)
      },
      () => this.now,
      { elapsed: () => this.now }
    )
    const files = await Files.open(store, { now: Date.now })
    const ledger = new RoomsLedger(rooms, files)
    const access = await openAccess(store, { ledger })
    const peers = new Peers(peersOptions(rooms, files, access))
    this.#parts = { store, rooms, files, access, peers }
    await this.connect()
  }

  /** Everything is closed, whether or not all was answered. */
  async stop(): Promise<void> {
    const { store, rooms, files, access, peers } = this.#open()
    const member = this.#member
    this.#parts = null
    this.#member = null
    await rooms.close()
    await files.close()
    await member?.vanish() // the root would give it time to take in why it ends
    await peers.close()
    await access.close()
    await store.close()
  }

  async destroy(): Promise<void> {
    if (this.#parts !== null) await this.stop()
    clearInterval(this.#alive)
    rmSync(this.#root, { recursive: true, force: true })
  }

  /** A new connection under the member's key; an old one is superseded or gone. */
  async connect(): Promise<Member> {
    const { peers } = this.#open()
    const theirs = new NoiseSecretStream(true, null, { keyPair: this.#noise })
    const ours = new NoiseSecretStream(false)
    theirs.rawStream.pipe(ours.rawStream).pipe(theirs.rawStream)
    theirs.on('error', () => {})
    // As a network does it, and a pipe does not.
    ours.once('close', () => theirs.destroy())
    theirs.once('close', () => ours.destroy())
    await Promise.all([ours.opened, theirs.opened])
    peers.accept(ours)
    this.#member = await Member.enter(await RawPeer.over(theirs), this.keys)
    return this.#member
  }

  /** The disk is full, or has room again; resolves when the store knows. */
  async setFull(full: boolean): Promise<void> {
    const { store } = this.#open()
    const known = once(store, full ? 'read-only' : 'writable')
    this.#disk.free = full ? 0 : 10 * reserveBytes
    await known
  }

  /** A copy of the folder; everything must be stopped. */
  copy(): string {
    const copy = join(this.#root, `copy-${this.#copies++}`)
    cpSync(this.#folder, copy, { recursive: true })
    return copy
  }

  /** The folder becomes a copy again: all of it, or the database behind the back of the rest. */
  setBack(copy: string, part: 'all' | 'database'): void {
    const inner = part === 'all' ? '' : join('corestore', 'db')
    rmSync(join(this.#folder, inner), { recursive: true })
    cpSync(join(copy, inner), join(this.#folder, inner), { recursive: true })
  }

  /** The owner has so little kept, then all of it again; resolves when the rest is gone. */
  async retain(retention: Retention): Promise<void> {
    const { rooms } = this.#open()
    const { member } = this
    await member.retain(retention)
    const room = await rooms.acquire(this.keys.id, false)
    if (room === null) throw new Error('the room is not kept')
    await room.retainer.expire()
    rooms.release(room)
    await member.retain(UNBOUNDED)
  }

  #open(): Parts {
    if (this.#parts === null) throw new Error('it is stopped')
    return this.#parts
  }
}

function peersOptions(
  rooms: Rooms,
  files: Files,
  access: Access
): ConstructorParameters<typeof Peers>[0] {
  const { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax } = limits
  const says = { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax, features: [] }
  const flags = { durable: true, writable: true, ticketNeeded: false }
  return {
    rooms,
    access,
    files,
    directory: null,
    announcement: () => ({ versionMin: 1, versionMax: 1, agent: 'model', ...flags, ...says }),
    now: Date.now,
    connected: () => {},
    disconnected: () => {},
    violated: (_, err) => {
      throw new Error('an honest member was cut off', { cause: err })
    }
  }
}
