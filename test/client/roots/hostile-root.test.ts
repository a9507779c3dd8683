// The root itself is the adversary, and a guest of the room: it can read all and forge nothing.

import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { RootPeerClient } from '../../../src/client/client.ts'
import { parseInvite, toGuest } from '../../../src/client/client.ts'
import type { Room } from '../../../src/client/room.ts'
import { keysOf } from '../../../src/protocol/invite.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { openMessage } from '../../../src/protocol/payload.ts'
import type { OpenedMessage } from '../../../src/protocol/payload.ts'
import { sealBroadcast } from '../../../src/protocol/broadcast.ts'
import { wireNumber } from '../../../src/protocol/errors.ts'
import { head, HandRoot, segment } from '../helpers/hand-root.ts'
import type { Manners, Session } from '../helpers/hand-root.ts'
import { names, readAll, sendEach, take, tellAll, World } from '../helpers/world.ts'
import { Writer } from '../helpers/writer.ts'

interface Scene {
  world: World
  hand: HandRoot
  client: RootPeerClient
  room: Room
  /** What the root has of the room: a guest's keys. */
  guest: RoomKeys
}

async function open(t: Test, manners: Manners = {}): Promise<Scene> {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht, manners)
  const client = world.client({ roots: [hand.key] })
  const room = await client.createRoom()
  return { world, hand, client, room, guest: keysOf(toGuest(parseInvite(room.invite))) }
}

/** What the root can know of what it stored: every message, opened. */
function stored({ hand, guest }: Scene): OpenedMessage[] {
  return hand.appended.flatMap(({ payloads }) => payloads.map((each) => openMessage(guest, each)))
}

/** A writer in a member's name, as far as a guest can be one. */
function impostor({ guest }: Scene, last: OpenedMessage): Writer {
  const { author, chain, number, id } = last
  const writer = new Writer(guest, { publicKey: author, secretKey: b4a.alloc(64) }, chain)
  writer.number = number + 1
  writer.previous = id
  return writer
}

test('a root that is a guest too reads all, and every way of forging ends as unproven', async (t) => {
  const scene = await open(t)
  const { hand, room } = scene
  await sendEach(room, names(3))
  const messages = stored(scene)
  t.alike(
    messages.map(({ body }) => b4a.toString(body)),
    names(3),
    'the root can read the room'
  )
  const last = messages.at(-1) as OpenedMessage
  const { signature, certificate } = last
  if (certificate === null || signature === null) return t.fail('the last is not signed')

  const own = crypto.keyPair()
  let forged = 0
  const body = (): string => `f${forged++}`
  const attempts = {
    'as the next of a member, unsigned': impostor(scene, last).seal(body(), { signed: false }),
    'signed with another key': impostor(scene, last).seal(body(), { signer: own, certificate }),
    'under its own identity, with the certificate of a member': new Writer(scene.guest, own).seal(
      body(),
      { certificate }
    ),
    'under its own identity, signed as its own member': new Writer(scene.guest, own).seal(body(), {
      certificate: null
    }),
    'in place of one that was sent': impostor(scene, messages[0] as OpenedMessage).seal(body(), {
      signed: false
    }),
    'giving up what a member sent': impostor(scene, last).seal(body(), {
      signed: false,
      givenUp: messages.map(({ number, id }) => ({ number, id }))
    })
  }
  for (const { payload } of Object.values(attempts)) hand.store([payload])
  await sendEach(room, names(2, 3))

  const items = await readAll(room)
  t.alike(tellAll(items).slice(0, 3), names(3))
  t.alike(tellAll(items).slice(-2), names(2, 3), 'the real ones go on, in their chain')
  for (const [i, how] of Object.keys(attempts).entries()) {
    t.is(tellAll(items)[3 + i], `f${i} unproven`, how)
  }
})

test('a page that was tampered with is unreadable, and its root not believed', async (t) => {
  const scene = await open(t)
  const { hand, room } = scene
  await sendEach(room, names(2))
  const [page] = hand.pages
  if (page === undefined) return t.fail('nothing was stored')
  const changed = b4a.from(page.bytes)
  changed[changed.byteLength - 1] = (changed.at(-1) as number) ^ 1
  page.bytes = changed
  // Of the last message of the frame nothing is left, so nothing proves the one before.
  const told = tellAll(await readAll(room))
  t.alike(told, ['m0', '!NOT_OPENED'])
})

test('what is reordered is put in order, what is hidden is missed', async (t) => {
  const scene = await open(t)
  const { hand, room } = scene
  for (const name of names(6)) await room.send(name)
  const payloads = hand.appended.map((each) => each.payloads)
  const again = (order: number[]): void => {
    hand.pages.splice(0)
    hand.next = 0
    for (const i of order) hand.store(payloads[i] ?? [])
  }
  again([5, 3, 1, 0, 2, 4])
  t.alike(tellAll(await readAll(room)), names(6))

  const holes: unknown[] = []
  room.on('hole', ({ from, to }) => holes.push([from, to]))
  again([0, 1, 4, 5])
  t.alike(tellAll(await readAll(room)), ['m0', 'm1', 'm4', 'm5'])
  t.alike(holes, [[2, 4]])
})

test('a message taken from another room, or doubled, is shown as what it is', async (t) => {
  const scene = await open(t)
  const { hand, room, client } = scene
  await sendEach(room, names(2))
  const other = await client.createRoom()
  await other.send('elsewhere')
  hand.store(hand.appended[0]?.payloads ?? [])
  const told = tellAll(await readAll(room, { from: 0 }))
  t.alike(told, ['m0', 'm1', '!NOT_OPENED'])
})

test('lies about segments, heads and numbers end a connection at most', async (t) => {
  const lies: ((session: Session, hand: HandRoot) => void)[] = [
    (session) =>
      session.send.granted({
        access: 2,
        segments: [{ ...segment, signer: b4a.alloc(32, 9) }],
        oldest: 0,
        next: 0,
        windowBytes: 1 << 20,
        retention: UNBOUNDED
      }),
    (session, hand) => {
      hand.grant(session)
      hand.grant(session)
    },
    (session, hand) => {
      hand.grant(session)
      session.send.segments([{ ...segment, coreKey: b4a.alloc(32, 3) as typeof segment.coreKey }])
    },
    (session, hand) => {
      hand.grant(session)
      session.send.append({ frame: 0, resume: false, payloads: [b4a.alloc(40)] })
    }
  ]
  for (const lie of lies) {
    const scene = await open(t)
    const { hand, client, room } = scene
    hand.manners.onroom = (session) => {
      delete hand.manners.onroom
      lie(session, hand)
    }
    const told = once(client, 'root-error')
    const sent = room.send('m0')
    const [{ error }] = await told
    t.ok(['HOSTILE_ROOT', 'UNEXPECTED'].includes(error.code), error.code)
    await sent
    t.alike(
      tellAll(await readAll(room)),
      ['m0'],
      'it is asked again, and believed when it is right'
    )
  }
})

test('a segment that is not the one a message was stored in is not believed to hold it', async (t) => {
  const { hand, client, room } = await open(t)
  hand.manners.onpull = (session, { stream }) => {
    delete hand.manners.onpull
    session.send.pages({
      stream,
      segment: 12345,
      block: 0,
      pages: [],
      next: 0,
      end: true,
      head: head(3)
    })
  }
  t.alike(await readAll(room), [])
  await room.send('m0')
  t.alike(tellAll(await readAll(room)), ['m0'])
  t.ok(client.author)
})

test('a root says when its disk is full and when it is not: what waits is sent at once', async (t) => {
  let full = false
  const { hand, client, room } = await open(t, {
    onappend: (session, append) => {
      if (!full) return hand.accept(session, append)
      const { frame } = append
      session.send.refused({ frame, code: wireNumber('DISK_FULL'), detail: 'full', quota: null })
    }
  })
  const connected = once(client, 'root-connected')
  await room.send('m0')
  const [{ announcement }] = await connected
  const told: unknown[] = []
  client.on('root-writable', (event) => told.push(event))

  full = true
  hand.notify('SPACE_AGAIN') // as it is: no news
  hand.notify('DISK_FULL')
  await once(client, 'root-writable')
  t.is(announcement.writable, false)
  const refused = new Promise<void>((resolve) => {
    let times = 0
    // Its pauses grow: the fifth is of more than a second.
    room.on('refused', () => void (++times === 5 && resolve()))
  })
  const sent = room.send('m1')
  await refused
  full = false
  const again = once(room, 'space-again')
  const at = performance.now()
  hand.notify('SPACE_AGAIN')
  await again
  t.is((await sent).index, 1)
  t.ok(performance.now() - at < 1000, 'it did not wait')
  t.is(announcement.writable, true)
  const root = hand.key
  t.alike(told, [
    { root, writable: false },
    { root, writable: true }
  ])
})

test('denied is said to the app; a passing reason is tried again', async (t) => {
  let denials = 0
  const { hand, room } = await open(t, {
    onroom: (session) => {
      if (denials++ > 1) return hand.grant(session)
      session.send.denied({ code: wireNumber('TOO_MANY'), detail: 'come back later' })
      session.channel.close()
    }
  })
  const denied = once(room, 'denied')
  const sent = room.send('m0')
  const [{ root, error }] = await denied
  t.is(root, hand.key)
  t.is(error.code, 'TOO_MANY')
  t.is((await sent).index, 0)
})

test('garbage of every kind leaves the client alive, and another root serves', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const hand = await HandRoot.start(t, world.dht)
  const client = world.client()
  const room = await client.createRoom({ roots: [hand.key, root.key] })
  await room.send('m0')

  const random = (length: number): Uint8Array => crypto.randomBytes(length)
  const kinds: ((session: Session) => void)[] = [
    ({ stream }) => stream.write(random(100)),
    ({ stream }) => stream.write(random(1)),
    ({ stream }) => stream.write(random(60_000)),
    ({ stream }) => stream.rawStream.destroy(),
    ({ send }) => send.broadcast(random(300)),
    ({ send }) =>
      send.refused({
        frame: 1e9,
        code: 999,
        detail: 'x',
        quota: { kind: 999, limit: 0, use: Number.MAX_SAFE_INTEGER }
      }),
    ({ send }) => send.gap({ stream: 0, from: 5, to: Number.MAX_SAFE_INTEGER }),
    ({ send }) => send.reset({ stream: 0, number: Number.MAX_SAFE_INTEGER }),
    ({ send }) =>
      send.presence({ snapshot: true, members: 9e9, guests: 9e9, joined: [], left: [] }),
    ({ send, peer }) =>
      send.presence({
        snapshot: false,
        members: 1,
        guests: 0,
        joined: [{ peer, access: 3, since: 0 }],
        left: [peer]
      }),
    // A batch in a batch in a batch: what overflows the stack of who is naive.
    ({ stream }) => {
      let batch: Uint8Array = b4a.from([0, 0])
      for (let i = 0; i < 3000; i++) {
        batch = b4a.concat([b4a.from([0, 0, 0xfd, batch.length & 255, batch.length >> 8]), batch])
      }
      stream.write(batch.subarray(0, 60_000))
    },
    ({ channel }) => channel.close(),
    ({ stream }) => stream.end()
  ]
  const following = room.read({ follow: true })
  t.alike(tellAll(await take(following, 1)), ['m0'])
  for (const [i, kind] of kinds.entries()) {
    // It comes back after each one that it was cut off for.
    while (hand.sessions.length === 0 || hand.sessions.at(-1)?.channel.closed !== false) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    kind(hand.sessions.at(-1) as Session)
    await room.send(`k${i}`)
    t.alike(tellAll(await take(following, 1)), [`k${i}`], `kind ${i}`)
  }
  await following.return(undefined)
})

test('a guest has no broadcast of a member to show, and a root makes none', async (t) => {
  const { world, hand, room, guest } = await open(t)
  await room.send('m0')
  room.on('broadcast', () => t.fail('a forged broadcast was shown'))
  const [session] = hand.sessions
  if (session === undefined) return t.fail('nobody is there')
  const other = keysOf(parseInvite((await world.client({ roots: [hand.key] }).createRoom()).invite))
  await t.exception(() =>
    sealBroadcast(guest, crypto.keyPair(), { kind: 1, sentAt: Date.now(), body: b4a.from('x') })
  )
  session.send.broadcast(
    sealBroadcast(
      { ...other, id: guest.id, contentKey: guest.contentKey, contexts: guest.contexts },
      crypto.keyPair(),
      { kind: 1, sentAt: Date.now(), body: b4a.from('x') }
    )
  )
  await room.send('m1') // answered after it, on the same channel
})

test('a guest with a client of its own making can not write: a real root refuses', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const member = await world.client({ roots: [root.key] }).createRoom()
  await member.send('m0')
  const keys = keysOf(toGuest(parseInvite(member.invite)))

  // All of our library, told that it is a member: it proves what it can, and appends.
  const { RootLink } = await import('../../../src/client/roots/root-link.ts')
  const { RoomLink } = await import('../../../src/client/roots/room-link.ts')
  const { Network } = await import('../../../src/client/roots/network.ts')
  const { parsePeerKey } = await import('../../../src/protocol/bytes.ts')
  const network = new Network({ keyPair: crypto.keyPair(), dht: world.dht.createNode() })
  const link = new RootLink(parsePeerKey(root.key), network, { agent: 'a guest', tickets: [] })
  const room = new RoomLink(link, keys)
  t.teardown(() => link.close(), { order: 90 })
  const granted = once(room, 'granted')
  link.start()
  await granted
  const refused = once(room, 'refused')
  room.open?.send.append({
    frame: 0,
    resume: false,
    payloads: [new Writer(keys).seal('x').payload]
  })
  const [{ code }] = await refused
  t.is(code, wireNumber('READ_ONLY'))
  t.alike(tellAll(await readAll(member)), ['m0'], 'nothing of it was stored')
  room.close()
})

test('what is shown unproven for want of its proof is said to be proven when that comes', async (t) => {
  const scene = await open(t)
  const { hand, room } = scene
  const writer = new Writer(keysOf(parseInvite(room.invite)))
  const frame = writer.frame('m0', 'm1', 'm2')
  hand.store(frame.slice(0, 2).map(({ payload }) => payload)) // a frame torn apart
  const following = room.read({ follow: true })
  t.alike(tellAll(await take(following, 2)), ['m0', 'm1 unproven'])

  const proven = once(room, 'proven')
  hand.store(frame.slice(2).map(({ payload }) => payload))
  await room.send('a new page for those who follow')
  t.is((await proven)[0].id, frame[1]?.name)
  t.alike(tellAll(await take(following, 1)), ['m2'])
  await following.return(undefined)
})
