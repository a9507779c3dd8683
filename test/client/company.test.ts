import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Company } from '../../src/client/company.ts'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { Access } from '../../src/protocol/keys.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import type { Presence } from '../../src/protocol/room-channel.ts'
import { createKeys, TIME } from './helpers/writer.ts'

const { keys, guest } = createKeys()
const peer = (value: number): PeerKey => b4a.alloc(32, value) as PeerKey
const present = (value: number): Presence['joined'][number] => ({
  peer: peer(value),
  access: Access.member,
  since: TIME
})

test('presence is a snapshot and changes, for each root', (t) => {
  const company = new Company(keys, crypto.keyPair(), () => TIME)
  const at = (root: string, message: Partial<Presence>): string[] =>
    company
      .presence(root, { snapshot: false, members: 0, guests: 0, joined: [], left: [], ...message })
      .peers.map((each) => each.peer)
  const name = (value: number): string => formatKey(peer(value))

  t.alike(at('a', { snapshot: true, joined: [present(1), present(2)] }), [name(1), name(2)])
  t.alike(at('a', { left: [peer(1)], joined: [present(3)] }), [name(2), name(3)])
  t.alike(at('b', { joined: [present(4)] }), [name(4)], 'roots do not mix')
  t.alike(at('a', { snapshot: true, joined: [present(5)] }), [name(5)])
  company.forget('a')
  t.alike(at('a', {}), [])
})

test('counts are passed on, and say nothing of who a guest is', (t) => {
  const company = new Company(guest, crypto.keyPair(), () => TIME)
  t.alike(company.presence('a', { snapshot: true, members: 2, guests: 3, joined: [], left: [] }), {
    root: 'a',
    members: 2,
    guests: 3,
    peers: []
  })
})

test('a root can make up company without end, and fills no memory with it', (t) => {
  const company = new Company(keys, crypto.keyPair(), () => TIME)
  let peers = 0
  for (let i = 0; i < 20; i++) {
    const joined = Array.from({ length: wireLimits.presencePeersMax }, () => ({
      ...present(0),
      peer: crypto.randomBytes(32) as PeerKey
    }))
    const told = { snapshot: false, members: 0, guests: 0, joined, left: [] }
    peers = company.presence('a', told).peers.length
  }
  t.ok(peers <= 4096, `${peers}`)
})

test('a broadcast is shown once, in time, and only if a member made it', async (t) => {
  const identity = crypto.keyPair()
  let now = TIME
  const company = new Company(keys, identity, () => now)
  const reader = new Company(guest, crypto.keyPair(), () => now)
  const sealed = company.seal(3, b4a.from('typing'))
  t.alike(reader.open(sealed), {
    kind: 3,
    sentAt: TIME,
    author: formatKey(identity.publicKey),
    body: b4a.from('typing')
  })
  t.is(reader.open(sealed), null, 'by another root')

  const late = company.seal(3, b4a.from('typing'))
  now += wireLimits.broadcastTtlMs + 1
  t.is(reader.open(late), null, 'too old')
  const ofAnother = new Company(createKeys().keys, identity, () => now).seal(3, b4a.from('x'))
  t.is(reader.open(ofAnother), null, 'of another room')
  t.is(reader.open(b4a.alloc(10)), null, 'garbage')
  await t.exception(() => reader.seal(1, b4a.from('x')), /guest/)
})

test('what roots say of who is there makes one roster, without ourselves', (t) => {
  const company = new Company(keys, crypto.keyPair(), () => TIME, peer(1))
  let answers = 0
  company.onanswering(() => answers++)
  const say = (root: string, message: Partial<Presence>): void => {
    const nothing = { snapshot: false, members: 0, guests: 0, joined: [], left: [] }
    company.presence(root, { ...nothing, ...message })
  }
  const online = (): number[] => company.roster.online.map((key) => key[0] as number)
  say('a', { snapshot: true, joined: [present(1), present(2), present(3)] })
  say('b', { snapshot: true, joined: [present(1), present(3)] })
  t.alike(online(), [2, 3])
  t.is(company.answering, 2)
  say('a', { left: [peer(2), peer(3)] })
  t.alike(online(), [3], 'another root says that it is there')
  say('a', { snapshot: true, joined: [present(4)] })
  t.alike(online(), [3, 4])
  company.forget('b')
  t.alike(online(), [4])
  t.is(company.answering, 1)
  company.forget('b')
  t.is(answers, 3)
})
