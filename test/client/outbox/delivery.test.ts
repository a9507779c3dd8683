// What a delivery does with a root that behaves in every way a root may, and in some that it may not.

import test from 'brittle'
import type { Test } from 'brittle'
import type { RootPeerError } from '../../../src/client/client.ts'
import type { Room } from '../../../src/client/room.ts'
import { parseInvite, keysOf } from '../../../src/protocol/invite.ts'
import { openMessage } from '../../../src/protocol/payload.ts'
import type { OpenedMessage } from '../../../src/protocol/payload.ts'
import type { Append } from '../../../src/protocol/room-channel.ts'
import { weigh } from '../../../src/protocol/window.ts'
import { head, HandRoot } from '../helpers/hand-root.ts'
import type { Manners, Session } from '../helpers/hand-root.ts'
import { names, readAll, sendEach, tellAll, World } from '../helpers/world.ts'
import { TIME } from '../helpers/writer.ts'

async function open(t: Test, manners: Manners = {}): Promise<{ hand: HandRoot; room: Room }> {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht, manners)
  return { hand, room: await world.client({ roots: [hand.key] }).createRoom() }
}

/** The messages that reached the root, frame by frame. */
function arrived(hand: HandRoot, room: Room): OpenedMessage[][] {
  const keys = keysOf(parseInvite(room.invite))
  return hand.appended.map(({ payloads }) => payloads.map((each) => openMessage(keys, each)))
}

const bodies = (messages: readonly OpenedMessage[]): string[] =>
  messages.map(({ body }) => Buffer.from(body).toString())

/** Sends bodies in frames of their own. */
async function sendApart(room: Room, texts: readonly string[]): Promise<Promise<unknown>[]> {
  const receipts = []
  for (const text of texts) {
    receipts.push(room.send(text))
    receipts.at(-1)?.catch(() => {})
    await new Promise(setImmediate)
  }
  return receipts
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'stored',
    (err: RootPeerError) => err.code
  )

test('frames go out in order, numbered, and never more of them than the window takes', async (t) => {
  const windowBytes = 60_000
  let waiting: { session: Session; append: Append }[] = []
  let most = 0
  const { hand, room } = await open(t, {
    granted: { windowBytes },
    onappend: (session, append) => {
      waiting.push({ session, append })
      most = Math.max(
        most,
        waiting.reduce((sum, each) => sum + weigh(each.append.payloads), 0)
      )
      // Answered late, all at once.
      if (waiting.length === 1) setTimeout(answer, 20)
    }
  })
  const answer = (): void => {
    for (const { session, append } of waiting.splice(0)) hand.accept(session, append)
  }
  const receipts = await sendApart(
    room,
    names(40).map((name) => name.padEnd(10_000))
  )
  t.alike(await Promise.all(receipts.map(code)), Array(40).fill('stored'))
  t.ok(most <= windowBytes && most > windowBytes / 2, `${most} bytes were under way`)
  t.alike(
    hand.appended.map(({ frame }) => frame),
    [...Array(hand.appended.length).keys()]
  )
  t.alike(
    bodies(arrived(hand, room).flat()).map((each) => each.trim()),
    names(40)
  )
  waiting = []
})

test('what is refused for now goes out again, first of all and marked, and nothing overtakes it', async (t) => {
  let refusing = true
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (append.resume) refusing = false
      if (!refusing) return hand.accept(session, append)
      const first = hand.appended.length === 1
      hand.refuse(session, append.frame, first ? 'DISK_FULL' : 'OUT_OF_ORDER')
    }
  })
  const refused: string[] = []
  room.on('refused', (event) => refused.push(event.code))
  const receipts = await sendApart(room, names(4))
  t.alike(await Promise.all(receipts.map(code)), Array(4).fill('stored'))
  t.alike(refused, ['DISK_FULL'])
  const again = hand.appended.filter(({ frame }) => frame >= hand.appended.length - 4)
  t.alike(
    again.map(({ resume }) => resume),
    [true, false, false, false]
  )
  t.alike(tellAll(await readAll(room)), names(4))
})

test('a frame that is stored after a later one was refused does not hold up the rest', async (t) => {
  const held: { session: Session; append: Append }[] = []
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (append.frame === 0) return void held.push({ session, append }) // waits for its commit
      if (append.frame > 1) return hand.accept(session, append)
      hand.refuse(session, append.frame, 'RATE_LIMITED')
      for (const each of held.splice(0)) hand.accept(each.session, each.append)
    }
  })
  const receipts = await sendApart(room, names(2))
  t.alike(await Promise.all(receipts.map(code)), ['stored', 'stored'])
  t.alike(tellAll(await readAll(room)), names(2))
})

test('what is refused for good is rejected, and the next signed message says so', async (t) => {
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (append.frame === 1) hand.refuse(session, append.frame, 'TOO_LARGE')
      else if (append.frame === 2 && !append.resume)
        hand.refuse(session, append.frame, 'OUT_OF_ORDER')
      else hand.accept(session, append)
    }
  })
  const refused: string[] = []
  room.on('refused', (event) => refused.push(event.code))
  const receipts = await sendApart(room, names(3))
  t.alike(await Promise.all(receipts.map(code)), ['stored', 'TOO_LARGE', 'stored'])
  t.alike(refused, ['TOO_LARGE'])
  await room.send('m3')
  const last = arrived(hand, room).flat().at(-1)
  t.alike(
    last?.givenUp.map(({ number }) => number),
    [1]
  )
  const began = Date.now()
  t.alike(tellAll(await readAll(room)), ['m0', 'm2', 'm3'])
  t.ok(Date.now() - began < 1000, 'and no reader waits for it')
})

test('what was stored before the connection broke is found in the log, and not sent again', async (t) => {
  let broken: Session | null = null
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (broken !== null && session !== broken) return hand.accept(session, append)
      // Stored, all but the last ones; answered, none.
      broken = session
      if (append.frame < 3) hand.store(append.payloads, session.peer)
      if (append.frame === 4) hand.hangUp()
    }
  })
  const receipts = await Promise.all(await sendApart(room, names(5)))
  t.alike(
    receipts.map((each) => (each as { index: number }).index),
    [0, 1, 2, 3, 4]
  )
  t.alike(bodies(arrived(hand, room).flat()), [...names(5), ...names(2, 3)])
  t.alike(tellAll(await readAll(room)), names(5))
})

test('of a frame that is there in part all is sent again', async (t) => {
  let answering = false
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (answering) return hand.accept(session, append)
      // As if another member had brought a part of it to a root that had lost it.
      if (hand.next === 0) hand.store(append.payloads.slice(0, 2))
    }
  })
  const sent = names(4).map((name) => room.send(name))
  while (hand.appended.length === 0) await new Promise(setImmediate)
  answering = true
  hand.hangUp()
  t.alike(
    (await Promise.all(sent)).map(({ index }) => index),
    [2, 3, 4, 5]
  )
  t.alike(tellAll(await readAll(room)), names(4), 'each is shown once')
})

test('looking for what was stored begins where it can lie, not at the beginning', async (t) => {
  const pulls: number[] = []
  const { hand, room } = await open(t, {
    onpull: (session, pull) => {
      pulls.push(pull.from)
      hand.serve(session, pull)
    }
  })
  await sendEach(room, names(50))
  for (const name of names(10, 50)) await room.send(name)
  hand.manners.onappend = (session, append) => {
    hand.store(append.payloads, session.peer)
    delete hand.manners.onappend
    hand.hangUp()
  }
  await room.send('m60')
  t.is(pulls.length, 1)
  t.ok((pulls[0] ?? 0) >= 50, `from ${pulls[0]}`)
  t.is(hand.next, 61)
})

test('a root that stored nothing gets all of it again', async (t) => {
  let lost = 0
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (lost === 3) return hand.accept(session, append)
      if (++lost === 3) hand.hangUp()
    }
  })
  const receipts = await sendApart(room, names(3))
  t.alike(await Promise.all(receipts.map(code)), Array(3).fill('stored'))
  t.alike(tellAll(await readAll(room)), names(3))
})

test('an answer in a segment that was never told settles nothing, and loses nothing', async (t) => {
  let lied = false
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      if (lied) return hand.accept(session, append)
      lied = true
      const { frame } = append
      session.send.stored({ frame, first: 0, storedAt: TIME, segment: 9, block: 0, head: head(1) })
    }
  })
  t.is((await room.send('m0')).index, 0)
  t.is(hand.appended.length, 2, 'it was sent again')
})

test('answers to frames that were never sent change nothing', async (t) => {
  const { hand, room } = await open(t, {
    onappend: (session, append) => {
      const stored = { first: 90, storedAt: TIME, segment: 0, block: 0, head: head(1) }
      session.send.stored({ ...stored, frame: append.frame + 1000 })
      hand.refuse(session, append.frame + 1001, 'READ_ONLY')
      hand.accept(session, append)
      session.send.stored({ ...stored, frame: append.frame })
    }
  })
  t.alike(await sendEach(room, names(3)), [0, 1, 2])
  t.is((await room.send('m3')).index, 3)
})
