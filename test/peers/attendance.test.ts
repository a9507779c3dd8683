import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { Access } from '../../src/protocol/keys.ts'
import type { Presence } from '../../src/protocol/room-channel.ts'
import { limits } from '../../src/limits.ts'
import { Attendance } from '../../src/peers/attendance.ts'
import type { Attendee } from '../../src/peers/attendance.ts'
import { createWorld, Inbox, newRoom } from './helpers.ts'

/** Somebody in a room who notes what he is told, and keeps the picture that it gives. */
class Somebody implements Attendee {
  readonly peer: PeerKey
  readonly access: Access
  ready = true
  superseded = false
  readonly told: Inbox<Presence> = new Inbox()
  readonly heard: Uint8Array[] = []
  readonly #picture = new Set<string>()

  constructor(number: number, access: Access = Access.member) {
    this.peer = b4a.alloc(32, `${number};`) as PeerKey
    this.access = access
  }

  presence(message: Presence): void {
    if (message.snapshot) this.#picture.clear()
    for (const { peer } of message.joined) this.#picture.add(mapKey(peer))
    for (const peer of message.left) this.#picture.delete(mapKey(peer))
    this.told.put(message)
  }

  broadcast(sealed: Uint8Array): void {
    this.heard.push(sealed)
  }

  retained(): void {}

  deny(): void {}

  supersede(): void {
    this.superseded = true
  }

  sees(...others: Somebody[]): boolean {
    const expected = others.map(({ peer }) => mapKey(peer)).sort()
    return expected.join() === [...this.#picture].sort().join()
  }
}

function createAttendance(t: Test): Attendance {
  const attendance = new Attendance(() => 77)
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(alive)
    attendance.close()
  })
  return attendance
}

test('who comes gets the whole picture, who is there gets the change', async (t) => {
  const attendance = createAttendance(t)
  const [one, two, three] = [new Somebody(1), new Somebody(2), new Somebody(3, Access.owner)]
  attendance.join(one)
  attendance.join(two)
  t.alike(await one.told.take(), {
    snapshot: true,
    members: 2,
    guests: 0,
    joined: [one, two].map(({ peer, access }) => ({ peer, access, since: 77 })),
    left: []
  })
  await two.told.take()
  attendance.join(three)
  t.alike(await one.told.take(), {
    snapshot: false,
    members: 3,
    guests: 0,
    joined: [{ peer: three.peer, access: Access.owner, since: 77 }],
    left: []
  })
  t.is((await three.told.take()).snapshot, true)
  attendance.leave(two)
  const change = await one.told.take()
  t.alike([change.members, change.left], [2, [two.peer]])
  await three.told.take()
  t.ok(one.sees(one, three) && three.sees(one, three))
  attendance.leave(two)
  t.is(attendance.size, 2, 'who is gone can’t leave')
})

test('guests are counted, and get counts alone', async (t) => {
  const attendance = createAttendance(t)
  const [member, guest] = [new Somebody(1), new Somebody(2, Access.guest)]
  attendance.join(member)
  attendance.join(guest)
  t.alike(await guest.told.take(), { snapshot: false, members: 1, guests: 1, joined: [], left: [] })
  await member.told.take()
  t.ok(member.sees(member, guest))
  attendance.leave(member)
  t.alike(await guest.told.take(), { snapshot: false, members: 0, guests: 1, joined: [], left: [] })
})

test('who comes and goes while nobody looks leaves no trace, and no ghost', async (t) => {
  const attendance = createAttendance(t)
  const [one, two] = [new Somebody(1), new Somebody(2)]
  attendance.join(one)
  attendance.join(two)
  await one.told.take()
  t.ok(one.sees(one, two))
  // All in one gathering: gone, there again, and gone.
  const again = new Somebody(2)
  attendance.leave(two)
  attendance.join(again)
  attendance.leave(again)
  const change = await one.told.take()
  t.alike([change.members, change.joined, change.left], [1, [], [two.peer]])
  t.ok(one.sees(one))

  const [ghost, other] = [new Somebody(7), new Somebody(8)]
  attendance.join(ghost)
  attendance.leave(ghost)
  attendance.join(other)
  t.alike((await one.told.take()).left, [], 'nobody was told of it')
  attendance.leave(other)
  attendance.join(two)
  await one.told.take()
  t.ok(one.sees(one, two))
  attendance.leave(two)
  attendance.join(again)
  await one.told.take()
  t.ok(one.sees(one, again))
})

test('one seat for one key: who sat there is sent away', async (t) => {
  const attendance = createAttendance(t)
  const [old, other, fresh] = [new Somebody(1), new Somebody(2), new Somebody(1)]
  attendance.join(old)
  attendance.join(other)
  await other.told.take()
  attendance.join(fresh)
  t.alike([old.superseded, fresh.superseded, attendance.size], [true, false, 2])
  attendance.leave(old)
  t.is(attendance.size, 2, 'and its leaving does not take the other’s seat')
  await other.told.take()
  t.ok(other.sees(other, fresh))
  t.is((await fresh.told.take()).members, 2)
})

test('who could not be told gets the whole picture once it drains, never a queue', async (t) => {
  const attendance = createAttendance(t)
  const [slow, witness] = [new Somebody(1), new Somebody(0)]
  attendance.join(slow)
  attendance.join(witness)
  await slow.told.take()
  await witness.told.take()
  slow.ready = false
  const others = Array.from({ length: 5 }, (_, i) => new Somebody(i + 2))
  for (const other of others) {
    attendance.join(other)
    await witness.told.take()
  }
  t.is(slow.told.size, 0)
  slow.ready = true
  attendance.drained(slow)
  t.is((await slow.told.take()).snapshot, true)
  t.ok(slow.sees(slow, witness, ...others))
  attendance.drained(slow)
  attendance.leave(others[0] as Somebody)
  t.is((await slow.told.take()).snapshot, false, 'and is told of changes again')
})

test('a crowd is told in one message, and bounded', async (t) => {
  const attendance = createAttendance(t)
  const witness = new Somebody(0)
  attendance.join(witness)
  await witness.told.take()
  const crowd = Array.from({ length: limits.presencePeersMax + 10 }, (_, i) => new Somebody(i + 1))
  for (const each of crowd) attendance.join(each)
  const told = await witness.told.take()
  t.alike(
    [told.snapshot, told.members, told.joined.length],
    [true, crowd.length + 1, limits.presencePeersMax]
  )
  for (const each of crowd.slice(5)) attendance.leave(each)
  t.is((await witness.told.take()).joined.length, 6)
  t.ok(witness.sees(witness, ...crowd.slice(0, 5)))
  t.is(witness.told.size, 0)
})

test('a broadcast passes by who is not ready, and is paid for once, for all', (t) => {
  const attendance = createAttendance(t)
  const people = Array.from({ length: 4 }, (_, i) => new Somebody(i))
  const [from, , slow] = people as [Somebody, Somebody, Somebody, Somebody]
  const sealed = b4a.alloc(100)
  const paid: number[] = []
  const afford = (bytes: number): boolean => {
    paid.push(bytes)
    return paid.length === 1
  }
  attendance.join(from)
  attendance.relay(from, sealed, afford)
  t.alike(paid, [], 'nobody to pay for')
  for (const each of people.slice(1)) attendance.join(each)
  slow.ready = false
  attendance.relay(from, sealed, afford)
  attendance.relay(from, sealed, afford)
  t.alike(paid, [300, 300])
  t.alike(
    people.map(({ heard }) => heard.length),
    [0, 1, 0, 1],
    'not the sender, not the slow one, and not what can’t be paid'
  )
})

test('over the wire: members see who is there, guests see how many', async (t) => {
  const world = await createWorld(t, { now: () => 5 })
  const { keys, guest } = newRoom()
  const one = await world.connect()
  const room = await one.enter(keys)
  const first = await room.take('presence')
  t.alike(first, {
    snapshot: true,
    members: 1,
    guests: 0,
    joined: [{ peer: one.key, access: Access.owner, since: 5 }],
    left: []
  })
  const two = await world.connect(crypto.keyPair())
  const reader = await two.enter(guest)
  t.alike(await reader.take('presence'), {
    snapshot: false,
    members: 1,
    guests: 1,
    joined: [],
    left: []
  })
  const change = await room.take('presence')
  t.alike(change.joined, [{ peer: two.key, access: Access.guest, since: 5 }])
  await two.vanish()
  const gone = await room.take('presence')
  t.alike([gone.members, gone.guests, gone.left], [1, 0, [two.key]])
})
