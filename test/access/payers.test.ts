import { once } from 'node:events'
import test from 'brittle'
import b4a from 'b4a'
import { mapKey } from '../../src/protocol/bytes.ts'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { RootPeerClient } from '../../src/client/client.ts'
import type { Quota, Room } from '../../src/client/client.ts'
import { Payers } from '../../src/access/payers.ts'
import type { Ledger, Use } from '../../src/access/payers.ts'
import { createDht } from '../helpers/dht.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const LIMITS = { rooms: 10, bytes: 1000 }
const hash = b4a.alloc(32, 9)
const ids = [1, 2, 3].map((number) => b4a.alloc(32, number) as RoomId)
const [one, two, three] = ids.map(mapKey) as [string, string, string]

/** Rooms that one holder has founded, each looked at when the test says so. */
class Rooms implements Ledger {
  readonly totals = { bytesKept: 0 }
  readonly uses = new Map<string, Use | null>()
  looks = 0
  /** Called while a room is looked at, with its name. */
  during: (id: string) => void = () => {}
  failing = false

  constructor(...bytes: number[]) {
    bytes.forEach((each, i) =>
      this.uses.set(mapKey(ids[i] as RoomId), { messages: 1, bytes: each })
    )
  }

  async *founded(): AsyncGenerator<RoomId> {
    for (const id of ids) if (this.uses.has(mapKey(id))) yield id
  }

  async useOf(id: RoomId): Promise<Use | null> {
    this.looks++
    const use = this.uses.get(mapKey(id)) ?? null
    await new Promise(setImmediate)
    if (this.failing) throw new Error('the store is gone')
    this.during(mapKey(id))
    return use
  }

  watch(): never {
    throw new Error('no room is open')
  }
}

test('what a holder has is summed once, and kept up to date while somebody needs it', async (t) => {
  const rooms = new Rooms(100, 200)
  const payers = new Payers(rooms)
  const payer = payers.use('holder', hash, LIMITS)
  t.is(payers.use('holder', hash, LIMITS), payer, 'one for all')
  t.not(payers.use('address', hash, LIMITS), payer)
  await payer.loaded
  t.is(rooms.looks, 4)
  t.alike([payer.rooms.used, payer.bytes.used], [2, 300])
  payer.registered(three)
  payer.changed(three, 50)
  payer.changed(one, -100)
  payer.dropped(one)
  t.alike([payer.rooms.used, payer.bytes.used], [2, 250])
  payers.release('holder', hash)
  t.is(payers.find('holder', hash), payer)
  payers.release('holder', hash)
  t.is(payers.find('holder', hash), undefined, 'nobody needs it: it is summed anew the next time')
})

test('a room that changes while it is summed counts as it is in the end', async (t) => {
  const rooms = new Rooms(100, 200, 300)
  const payers = new Payers(rooms)
  const payer = payers.use('holder', hash, LIMITS)
  let changes = 0
  rooms.during = (id) => {
    if (id === one && changes++ < 2) {
      // While it is looked at: it is looked at again.
      rooms.uses.set(one, { messages: 1, bytes: 100 + 10 * changes })
      payer.changed(one, 10)
    }
    if (id === two && changes === 3) {
      changes++
      payer.changed(one, 5) // summed already
      payer.changed(three, 7) // not summed yet: it will be
      rooms.uses.set(three, { messages: 1, bytes: 307 })
    }
  }
  await payer.loaded
  t.alike([payer.rooms.used, payer.bytes.used], [3, 120 + 5 + 200 + 307])
})

test('a room that is registered or dropped while others are summed counts once, or not at all', async (t) => {
  const rooms = new Rooms(100, 200)
  const payer = new Payers(rooms).use('holder', hash, LIMITS)
  rooms.during = (id) => {
    rooms.during = () => {}
    t.is(id, one)
    rooms.uses.set(three, { messages: 0, bytes: 0 })
    payer.registered(three)
    payer.changed(three, 30)
    rooms.uses.set(two, null)
    payer.changed(two, -200)
    payer.dropped(two)
  }
  await payer.loaded
  t.alike([payer.rooms.used, payer.bytes.used], [2, 130])
})

test('one that could not be summed is tried anew by who comes next', async (t) => {
  const rooms = new Rooms(100)
  const payers = new Payers(rooms)
  rooms.failing = true
  const broken = payers.use('holder', hash, LIMITS)
  await t.exception(broken.loaded, /the store is gone/)
  rooms.failing = false
  const payer = payers.use('holder', hash, LIMITS)
  t.not(payer, broken)
  await payer.loaded
  t.is(payer.bytes.used, 100)
})

test('what founder and address have is exact after kill -9', async (t) => {
  const dht = await createDht(t)
  const storage = await tmpFolder(t)
  const args = [...dht.args, '--storage', storage]
  const daemon = await startDaemon(t, args)
  const profile = await tmpFolder(t)
  const open = async (): Promise<RootPeerClient> => {
    const client = new RootPeerClient({
      bootstrap: dht.bootstrap,
      host: '127.0.0.1',
      direct: false,
      roots: [daemon.publicKey],
      profile
    })
    t.teardown(() => client.close(), { force: true })
    await client.ready()
    return client
  }
  const client = await open()
  const others = await Promise.all([client.createRoom(), client.createRoom()])
  for (const room of others) await room.send('in another room')
  const room = await client.createRoom()
  for (let i = 0; i < 20; i++) await room.send(`${i}`.padEnd(i * 100, '.'))
  const { invite } = room
  await client.close()
  const before = await usesOf(await open(), invite)
  await daemon.kill('SIGKILL')
  await startDaemon(t, args)
  const after = await usesOf(await open(), invite)
  t.alike(after, before)
  t.is(after.get('room-messages'), 20)
  t.ok((after.get('holder-bytes') ?? 0) > (after.get('room-bytes') ?? Infinity))
  t.is(after.get('holder-bytes'), after.get('address-bytes'))
  t.is(after.get('total-bytes'), after.get('holder-bytes'))

  async function usesOf(reader: RootPeerClient, from: string): Promise<Map<string, number>> {
    const opened: Room = await reader.join(from)
    const [{ quotas }] = (await once(opened, 'quota')) as [{ quotas: Quota[] }]
    await reader.close()
    return new Map(
      quotas.filter(({ kind }) => !kind.includes('day')).map(({ kind, use }) => [kind, use])
    )
  }
})
