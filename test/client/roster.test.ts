import test from 'brittle'
import b4a from 'b4a'
import type { Member } from '../../src/client/roster.ts'
import { Roster } from '../../src/client/roster.ts'
import type { PeerKey, RoomId } from '../../src/protocol/bytes.ts'
import { formatKey, mapKey } from '../../src/protocol/bytes.ts'

const key = (value: number): PeerKey => b4a.alloc(32, value) as PeerKey

function open(): { roster: Roster; told: string[]; tick: () => void } {
  let now = 100
  const roster = new Roster(() => now, key(9))
  const told: string[] = []
  const word = ({ online, direct }: Member): string =>
    `${online ? 'online' : 'offline'}${direct ? ' direct' : ''}`
  roster.on('member', (member, who) => told.push(`${who[0]} ${word(member)}`))
  return { roster, told, tick: () => now++ }
}

test('a member is there as long as one way says so', (t) => {
  const { roster, told } = open()
  roster.joined('a', key(1), 'member')
  roster.joined('b', key(1), 'member')
  roster.left('a', key(1))
  roster.here(key(1), 'owner')
  roster.left('b', key(1))
  t.alike(roster.members, [
    { peer: formatKey(key(1)), access: 'owner', online: true, direct: true, lastSeen: 100 }
  ])
  roster.gone(key(1))
  t.alike(told, ['1 online', '1 online direct', '1 offline'])
  t.is(roster.direct, 0)
})

test('when it was seen last is when it came, or went', (t) => {
  const { roster, tick } = open()
  const seen = (): number | undefined => roster.members[0]?.lastSeen
  roster.joined('a', key(1), 'member')
  t.is(seen(), 100)
  tick()
  roster.joined('b', key(1), 'member')
  t.is(seen(), 100)
  roster.left('a', key(1))
  roster.left('b', key(1))
  t.is(seen(), 101)
  roster.left('b', key(1))
  tick()
  t.is(seen(), 101, 'and stays so')
})

test('a root that tells all, or is gone, takes back what it had said; of others nothing', (t) => {
  const { roster } = open()
  for (const value of [1, 2]) roster.joined('a', key(value), 'member')
  roster.joined('b', key(2), 'member')
  roster.only('a', new Set([mapKey(key(1))]))
  t.alike(roster.online, [key(1), key(2)])
  roster.only('a', new Set())
  t.alike(roster.online, [key(2)])
  t.is(roster.size, 2, 'who was there is remembered')
})

test('neither ourselves nor guests are members', (t) => {
  const { roster } = open()
  roster.joined('a', key(9), 'owner')
  roster.joined('a', key(1), 'guest')
  roster.here(key(2), 'guest')
  roster.gone(key(2))
  t.alike(roster.members, [])
  t.is(roster.direct, 0)
})

test('all agree in whose turn comes first, and it is another in another room', (t) => {
  const everybody = [1, 2, 5, 9].map(key)
  const order = (room: RoomId): number[] => {
    return everybody.map((self) => {
      const roster = new Roster(() => 100, self)
      for (const each of everybody) roster.joined('a', each, 'member')
      roster.joined('a', key(4), 'member')
      roster.left('a', key(4))
      roster.joined('a', key(3), 'guest')
      return roster.ahead(room)
    })
  }
  t.alike(order(key(0) as Uint8Array as RoomId), [0, 1, 2, 3])
  t.alike(order(key(5) as Uint8Array as RoomId), [1, 2, 0, 3])
})

test('a root that makes up members without end drives out those that left, never those that are there', (t) => {
  const { roster } = open()
  roster.here(key(1), 'member')
  roster.joined('a', key(2), 'member')
  roster.left('a', key(2))
  for (let i = 0; i < 5000; i++) {
    const made = b4a.alloc(32, 3) as PeerKey
    made.set([i & 255, i >> 8])
    roster.joined('a', made, 'member')
  }
  t.is(roster.size, 4096)
  t.ok(roster.members.some(({ direct }) => direct))
  t.absent(roster.members.some(({ peer }) => peer === formatKey(key(2))))
})
