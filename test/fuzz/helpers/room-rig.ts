// The real thing that the model of a room is held against: store, rooms and peers over a folder that can
// be closed, copied, set back and opened again, and one member connected to them in memory.

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import crypto from 'hypercore-crypto'
import { mapKey } from '../../../src/protocol/bytes.ts'
import { pageSpan } from '../../../src/protocol/page.ts'
import { createRoomKey, ownerKeys } from '../../../src/protocol/keys.ts'
import { limits } from '../../../src/limits.ts'
import { Peers } from '../../../src/peers/peers.ts'
import { Registry } from '../../../src/rooms/registry.ts'
import { Files } from '../../../src/files/files.ts'
import { Rooms } from '../../../src/rooms/rooms.ts'
import { Store } from '../../../src/storage/store.ts'
import { nodeFiles } from '../../../src/storage/sync.ts'
import type { SyncFiles } from '../../../src/storage/sync.ts'
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
  files: Files
  peers: Peers
}

export class RoomRig {
  readonly keys = ownerKeys(createRoomKey())
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
    const rooms = await Rooms.open(store, { registered: () => {}, stored: () => {} }, Date.now)
    const files = new Files(store, { now: Date.now })
    this.#parts = { store, rooms, files, peers: new Peers(peersOptions(rooms, files)) }
    await this.connect()
  }

  /** Everything is closed, whether or not all was answered. */
  async stop(): Promise<void> {
    const { store, rooms, files, peers } = this.#open()
    const member = this.#member
    this.#parts = null
    this.#member = null
    await rooms.close()
    await files.close()
    await member?.vanish() // the root would give it time to take in why it ends
    await peers.close()
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

  /** As retention does it: the number first, then the blocks whose messages all lie below it. */
  async retain(oldest: number): Promise<void> {
    const store = await Store.open({
      directory: this.#folder,
      diskReserveBytes: reserveBytes,
      syncFiles
    })
    const registry = await Registry.open(store)
    const record = await registry.get(this.keys.id)
    if (record === null) throw new Error('the room is not kept')
    await registry.put(this.keys.id, { ...record, oldest })
    for (const { name, end } of record.segments) {
      const core = await store.openCore(`room/${mapKey(this.keys.id)}/${mapKey(name)}`)
      // The newest page tells what comes next: it stays.
      for (let i = 0; i < core.length - (end === null ? 1 : 0); i++) {
        const block = await core.get(i, { wait: false })
        if (block === null) continue
        const { first, count } = pageSpan(block)
        if (Math.min(first + count, end ?? Infinity) <= oldest) await core.clear(i, i + 1)
      }
      await core.close()
    }
    await registry.close()
    await store.close()
  }

  #open(): Parts {
    if (this.#parts === null) throw new Error('it is stopped')
    return this.#parts
  }
}

function peersOptions(rooms: Rooms, files: Files): ConstructorParameters<typeof Peers>[0] {
  const { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax } = limits
  const says = { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax, features: [] }
  const flags = { durable: true, writable: true, ticketNeeded: false }
  return {
    rooms,
    files,
    announcement: () => ({ versionMin: 1, versionMax: 1, agent: 'model', ...flags, ...says }),
    now: Date.now,
    connected: () => {},
    disconnected: () => {},
    violated: (_, err) => {
      throw new Error('an honest member was cut off', { cause: err })
    }
  }
}
