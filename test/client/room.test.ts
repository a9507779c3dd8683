// A room over one real root peer.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import type { RootPeerError } from '../../src/client/client.ts'
import type { Room } from '../../src/client/room.ts'
import { clientLimits } from '../../src/client/limits.ts'
import { parseInvite, printInvite, toGuest, toMember } from '../../src/client/client.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { names, readAll, sendEach, take, tell, tellAll, World } from './helpers/world.ts'
import type { TestRoot } from './helpers/world.ts'

async function open(
  t: Test
): Promise<{ world: World; root: TestRoot; writer: Room; reader: Room }> {
  const world = await World.create(t)
  const root = await world.root()
  const writer = await world.client({ roots: [root.key] }).createRoom()
  const member = printInvite(toMember(parseInvite(writer.invite)))
  return { world, root, writer, reader: await world.client().join(member) }
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (err: RootPeerError) => err.code
  )

test('what one member sends another reads later, in order, proven', async (t) => {
  const { root, writer, reader } = await open(t)
  t.is(writer.access, 'owner')
  t.is(reader.access, 'member')
  t.is(writer.id, reader.id)
  t.alike(await readAll(reader), [], 'an empty room')

  t.alike(await sendEach(writer, names(5)), [0, 1, 2, 3, 4])
  const receipt = await writer.send(new Uint8Array([0, 255, 10, 13]))
  const items = await readAll(reader)
  t.alike(tellAll(items.slice(0, 5)), names(5))
  const last = items[5]
  if (last === undefined || !('body' in last)) return t.fail('no last message')
  t.alike([...last.body], [0, 255, 10, 13])
  t.is(last.id, receipt.id)
  t.is(last.index, receipt.index)
  t.is(last.root, root.key)
  t.is(last.storedAt, receipt.storedAt)
  t.is(last.number, 5)
  t.is(receipt.head?.length, receipt.block + 1)
})

test('sendAll takes what comes, and yields receipts in order', async (t) => {
  const { writer, reader } = await open(t)
  const count = 3000
  async function* bodies(): AsyncGenerator<string> {
    yield* names(count)
  }
  const indices: number[] = []
  for await (const { index } of writer.sendAll(bodies())) indices.push(index)
  t.alike(indices, [...Array(count).keys()])
  t.alike(tellAll(await readAll(reader)), names(count))
})

test('a body of any size up to the limit, of any bytes; one byte more is refused here', async (t) => {
  const { writer, reader } = await open(t)
  const { bodyBytesMax } = wireLimits
  const sizes = [0, 1, 255, 4096, bodyBytesMax - 1, bodyBytesMax]
  for (const size of sizes) await writer.send(new Uint8Array(size).fill(size % 251))
  t.is(await code(writer.send(new Uint8Array(bodyBytesMax + 1))), 'TOO_LARGE')
  const items = await readAll(reader)
  t.alike(
    items.map((item) => ('body' in item ? item.body.byteLength : -1)),
    sizes
  )
})

test('a cursor taken anywhere reads the rest, whatever was asked of the root at a time', async (t) => {
  const { writer, reader } = await open(t)
  for (const size of [1, 7, 1, 1, 12, 3]) await sendEach(writer, names(size))
  const whole = await readAll(reader)
  t.is(whole.length, 25)
  for (const [i, { cursor }] of whole.entries()) {
    const rest = await readAll(reader, { from: cursor })
    t.alike(tellAll(rest), tellAll(whole.slice(i + 1)), `after ${i}`)
  }
  for (const [i, { index }] of whole.entries()) {
    t.alike(
      tellAll(await readAll(reader, { from: index as number })),
      tellAll(whole.slice(i)),
      `from ${i}`
    )
  }
})

test('a cursor or a number that is none is refused', async (t) => {
  const { reader } = await open(t)
  for (const from of ['', 'c', 'cyyyy', 'rubbish', -1, 1.5, NaN]) {
    t.is(await code(readAll(reader, { from })), 'BAD_CURSOR', `${from}`)
  }
})

test('a follower gets history and then what comes, through a restart of the root', async (t) => {
  const { root, writer, reader } = await open(t)
  await sendEach(writer, names(3))
  const reading = reader.read({ follow: true })
  t.alike(tellAll(await take(reading, 3)), names(3))
  await sendEach(writer, names(2, 3))
  t.alike(tellAll(await take(reading, 2)), names(2, 3))

  await root.stop()
  const sent = sendEach(writer, names(4, 5)) // nobody is there to take it
  await root.start()
  t.alike(await sent, [5, 6, 7, 8])
  t.alike(tellAll(await take(reading, 4)), names(4, 5))
  await reading.return(undefined)
})

test('a root that restarts while it is sent to stores each message once, in order', async (t) => {
  const { root, writer, reader } = await open(t)
  const count = 4000
  let stored = 0
  const restart = async (): Promise<void> => {
    await root.stop()
    await root.start()
  }
  let restarted: Promise<void> | null = null
  for await (const { index } of writer.sendAll(names(count))) {
    t.is(index, stored++, 'in order') // one assertion a message is what this is about
    if (stored === 1000) restarted = restart()
  }
  await restarted
  t.alike(tellAll(await readAll(reader)), names(count))
})

test('sending before any root is there waits for it', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { key } = root
  await root.stop()
  const writer = await world.client({ roots: [key] }).createRoom()
  const receipts = sendEach(writer, names(3))
  await root.start()
  t.alike(await receipts, [0, 1, 2])
})

test('the message event follows from now on', async (t) => {
  const { world, root, writer, reader } = await open(t)
  await sendEach(writer, names(3))

  const seen: string[] = []
  const early = await world.client().join(reader.invite)
  early.on('message', (message) => seen.push(tell(message)))
  const told = once(early, 'message')
  await once(root.peer, 'peer-connected')
  await readAll(early) // the channel is open, and the event's stream was asked for before this one
  await sendEach(writer, names(2, 3))
  await told
  while (seen.length < 2) await once(early, 'message')
  t.alike(seen, names(2, 3), 'nothing of what was there before')

  // A listener that comes long after the room was opened hears nothing older either.
  const late: string[] = []
  reader.on('message', (message) => late.push(tell(message)))
  await readAll(reader)
  await writer.send('m5')
  while (late.length < 1) await once(reader, 'message')
  t.alike(late, ['m5'])
})

test('the message event follows, however it is listened to', async (t) => {
  const { world, writer } = await open(t)
  for (const how of ['once', 'addListener', 'prependListener'] as const) {
    const room = await world.client().join(writer.invite)
    const heard = new Promise<string>((resolve) => {
      room[how]('message', (message) => resolve(tell(message)))
    })
    for (let n = 0; n < 200; n++) {
      await writer.send(how)
      if ((await Promise.race([heard, Promise.resolve(null)])) !== null) break
    }
    t.is(await heard, how)
  }
})

test('a guest reads, and can not send', async (t) => {
  const { world, writer } = await open(t)
  await sendEach(writer, names(2))
  const invite = printInvite(toGuest(parseInvite(writer.invite)))
  const guest = await world.client().join(invite)
  t.is(guest.access, 'guest')
  t.alike(tellAll(await readAll(guest)), names(2))
  t.is(await code(guest.send('x')), 'LESSER_INVITE')
  t.is(await code(guest.sendAll(['x']).next()), 'LESSER_INVITE')
  await t.exception(() => guest.broadcast(1, 'x'), /guest/)
  t.alike(tellAll(await readAll(guest)), names(2))
})

test('a guest of a room that nobody opened is told so', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const owner = world.client({ roots: ['y'.repeat(52)] })
  const room = await owner.createRoom()
  const invite = parseInvite(room.invite)
  const elsewhere = printInvite({ ...toGuest(invite), roots: [] })
  const guest = await world.client({ roots: [root.key] }).join(elsewhere)
  t.is(await code(readAll(guest)), 'ROOM_UNKNOWN')
})

test('apps that share a key share a room', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const sharedKey = new Uint8Array(32).fill(42)
  const one = await world.client({ roots: [root.key] }).join({ sharedKey })
  const two = await world.client({ roots: [root.key] }).join({ sharedKey })
  t.is(one.id, two.id)
  t.is(one.access, 'member')
  await one.send('from one')
  await two.send('from two')
  t.alike(tellAll(await readAll(two)), ['from one', 'from two'])
  t.is(await code(world.client().join({ sharedKey: new Uint8Array(31) })), 'BAD_KEY')
})

test('writers in parallel: each one in its own order, none twice', async (t) => {
  const { world, root, writer, reader } = await open(t)
  const writers = await Promise.all(
    Array.from({ length: 4 }, () => world.client({ roots: [root.key] }).join(writer.invite))
  )
  const following = reader.read({ follow: true })
  await Promise.all(
    writers.map(async (room, i) => {
      for await (const _ of room.sendAll(names(200, 0, `${i}:`))) void _
    })
  )
  for (const items of [await take(following, 800), await readAll(reader)]) {
    t.is(items.length, 800)
    for (const [i] of writers.entries()) {
      const own = tellAll(items).filter((each) => each.startsWith(`${i}:`))
      t.alike(own, names(200, 0, `${i}:`))
    }
  }
  await following.return(undefined)
})

test(
  'a reader that takes its time holds little, whatever the room has',
  { timeout: 90_000 },
  async (t) => {
    const { writer, reader } = await open(t)
    // Small ones first: what a reader asks for ahead is counted in messages, and these say that they are small.
    const large = 600
    for await (const _ of writer.sendAll(names(2000))) void _
    for await (const _ of writer.sendAll(names(large).map((name) => name.padEnd(100_000)))) void _

    const reading = reader.read()
    const [first] = await take(reading, 1)
    t.is(first === undefined ? '' : tell(first), 'm0')
    global.gc?.()
    const before = process.memoryUsage().arrayBuffers
    await new Promise((resolve) => setTimeout(resolve, 1500)) // the app is busy: time is what is tested
    const held = process.memoryUsage().arrayBuffers - before
    // The root's own buffers are in this process too.
    t.ok(held < clientLimits.backlogBytesMax + 24 * 1024 * 1024, `${(held / 1e6).toFixed(1)} MB`)

    const rest = await take(reading, 2000 + large)
    t.is(rest.length, 1999 + large, 'and nothing is lost by it')
    t.is(rest.map(tell).at(-1)?.trim(), `m${large - 1}`)
  }
)

test('leaving a read early harms no other reader', async (t) => {
  const { writer, reader } = await open(t)
  await sendEach(writer, names(2000))
  for (let i = 0; i < 20; i++) {
    for await (const item of reader.read()) {
      if (item.index === i) break
    }
    const reading = reader.read()
    t.alike(tellAll(await take(reading, 3)), names(3))
    await reading.return(undefined)
  }
  t.is((await readAll(reader)).length, 2000)
})

test('readers are bounded, and so many of them do not keep a member from sending', async (t) => {
  const { root, writer, reader } = await open(t)
  await writer.send('m0')
  const readings = Array.from({ length: wireLimits.streamsMax - 1 }, () =>
    reader.read({ follow: true })
  )
  for (const reading of readings) await take(reading, 1)
  t.is(await code(readAll(reader)), 'TOO_MANY')

  const sent = sendEach(reader, names(200, 1))
  await root.stop()
  await root.start()
  await sent
  await sendEach(reader, ['last'])
  for (const reading of readings) {
    const items = tellAll(await take(reading, 201))
    t.is(items.at(-1), 'last')
    await reading.return(undefined)
  }
})

test('a signal ends a read quietly', async (t) => {
  const { writer, reader } = await open(t)
  await sendEach(writer, names(3))
  const ending = new AbortController()
  const reading = reader.read({ follow: true, signal: ending.signal })
  t.is((await take(reading, 3)).length, 3)
  const next = reading.next()
  ending.abort()
  t.is((await next).done, true)
  t.is((await readAll(reader, { signal: AbortSignal.abort() })).length, 0)
})

test('closing rejects what is pending, ends what is read, and is for good', async (t) => {
  const { world, root, writer, reader } = await open(t)
  await writer.send('m0')
  const following = reader.read({ follow: true })
  await take(following, 1)
  const next = following.next()
  reader.close()
  t.is((await next).done, true)
  t.is(await code(readAll(reader)), 'CLOSED')
  t.is(await code(reader.send('x')), 'CLOSED')

  await root.stop()
  const client = world.client({ roots: [root.key] })
  const room = await client.join(writer.invite)
  const pending = [room.send('a'), room.send('b'), room.sendAll(['c']).next()].map(code)
  const reading = room.read().next()
  await client.close()
  t.alike(await Promise.all(pending), ['CLOSED', 'CLOSED', 'CLOSED'])
  t.is((await reading).done, true)
  t.is(await code(client.join(writer.invite)), 'CLOSED')
})

test('a room that was closed can be joined again', async (t) => {
  const { world, root, writer } = await open(t)
  const client = world.client({ roots: [root.key] })
  const room = await client.join(writer.invite)
  t.is(await client.join(writer.invite), room, 'the same while it is open')
  await room.send('m0')
  room.close()
  const again = await client.join(writer.invite)
  t.not(again, room)
  await again.send('m1')
  t.alike(tellAll(await readAll(again)), ['m0', 'm1'])
})

test('presence and broadcasts reach who is there', async (t) => {
  const { world, writer, reader } = await open(t)
  await writer.send('m0') // so that the root keeps the room when the guest asks for it
  const guest = await world.client().join(printInvite(toGuest(parseInvite(writer.invite))))
  const heard = Promise.all([once(reader, 'broadcast'), once(guest, 'broadcast')])
  const counts = new Promise<{ members: number; guests: number; peers: unknown[] }>((resolve) => {
    guest.on('presence', (event) => {
      if (event.members === 2 && event.guests === 1) resolve(event)
    })
  })
  await Promise.all([readAll(reader), readAll(guest)])
  writer.broadcast(7, 'typing')
  for (const [event] of await heard) {
    t.is(event.kind, 7)
    t.is(Buffer.from(event.body).toString(), 'typing')
  }
  t.alike((await counts).peers, [], 'guests get counts only')
})

test('what can not be sent is said, and not waited for', async (t) => {
  const { writer } = await open(t)
  for (const acks of [0, -1, 1.5, NaN]) t.is(await code(writer.send('m', { acks })), 'FEW_ACKS')
  for (const body of [undefined, null, 7, { text: 'm' }]) {
    t.is(await code(writer.send(body as unknown as string)), 'BAD_PAYLOAD')
  }
  t.alike(writer.unsent(), [])
})

test('a listener that throws fails by itself: the room is followed on', async (t) => {
  const { writer, reader } = await open(t)
  await writer.send('m0')
  await readAll(reader)
  const thrown = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  const shown: string[] = []
  const all = new Promise<void>((resolve) => {
    reader.on('message', (message) => {
      shown.push(message.id)
      if (shown.length === 3) resolve()
      if (shown.length === 1) throw new Error('a mistake of the app')
    })
  })
  // It begins to follow some time soon.
  for (let n = 0; n < 200 && shown.length < 3; n++) await writer.send('m')
  t.is((await thrown).message, 'a mistake of the app')
  await all
})
