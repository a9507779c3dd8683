// Receipts that can be checked, and a root that shows another history for what it has signed.

import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import { parseInvite, printInvite } from '../../../src/client/client.ts'
import type { RootPeerError } from '../../../src/client/client.ts'
import { encodePage } from '../../../src/protocol/page.ts'
import { pathIndexes, rootIndexes } from '../../../src/protocol/inclusion.ts'
import type { Head } from '../../../src/protocol/head.ts'
import type { PeerKey } from '../../../src/protocol/bytes.ts'
import { SegmentCore } from '../../../src/rooms/segment.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import type { Manners, Session } from '../helpers/hand-root.ts'
import { names, sendEach, World } from '../helpers/world.ts'

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (err: RootPeerError) => err.code
  )

test('a receipt holds when it is given, after more was stored, after a restart, and for another client', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const room = await world.client({ roots: [root.key] }).createRoom()
  const first = await room.send('the first')
  const now = await room.verify(first)
  t.alike([now.id, now.index, now.lengthThen], [first.id, 0, 1])
  for (const name of names(20)) await room.send(name)
  const later = await room.verify(first)
  t.ok(later.lengthNow > later.lengthThen)

  await root.stop()
  await root.start()
  const other = await world.client().join(room.invite)
  t.is((await other.verify(first)).lengthNow, later.lengthNow)
  t.is(await code(other.verify({ ...first, id: 'ab'.repeat(32) })), 'BAD_RECEIPT')
  t.is(await code(other.verify({ ...first, index: 1 })), 'BAD_RECEIPT')
  t.is(await code(other.verify({ ...first, block: 5 })), 'NOT_KEPT', 'beyond its own head')
  t.is(await code(other.verify({ ...first, coreKey: first.root })), 'NOT_KEPT')
  t.is(await code(other.verify({ ...first, root: first.coreKey })), 'NOT_KEPT')
  const head = first.head as NonNullable<typeof first.head>
  t.is(await code(other.verify({ ...first, head: { ...head, length: 2 } })), 'BAD_RECEIPT')
  t.is(await code(other.verify({ ...first, head: { ...head, treeHash: '00' } })), 'BAD_RECEIPT')
})

test('a receipt is verified as soon as its root was found, where the invite names none', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  await root.announced()
  const writer = await world.client({ roots: [root.key] }).createRoom()
  const receipt = await writer.send('hello')
  const invite = printInvite({ ...parseInvite(writer.invite), roots: [] })
  const room = await world.client().join(invite)
  t.is((await room.verify(receipt)).index, 0)
})

/** A log with a head that its signer has really signed. */
class SignedLog {
  readonly core: SegmentCore

  private constructor(core: SegmentCore) {
    this.core = core
  }

  /** Two with one key pair are two histories of one core. */
  static async create(t: Test, keyPair: ReturnType<typeof crypto.keyPair>): Promise<SignedLog> {
    const store = new Corestore(await tmpFolder(t))
    t.teardown(() => store.close(), { force: true })
    const core = store.get({ keyPair })
    await core.ready()
    return new SignedLog(new SegmentCore(core))
  }

  async store(number: number, text: string): Promise<void> {
    const sender = Buffer.alloc(32, 9) as Uint8Array as PeerKey
    await this.core.append([encodePage(number, 0, [{ sender, payloads: [Buffer.from(text)] }])])
  }

  get head(): Head {
    return this.core.head() as Head
  }
}

/** A root that serves whichever log it likes, and proves as well as it can. */
function serving(log: () => SignedLog): Manners {
  return {
    onroom: (session: Session) => {
      const { core } = log()
      session.send.granted({
        access: 3,
        segments: [{ coreKey: core.key, signer: core.signer, start: 0, end: null }],
        oldest: 0,
        next: core.length,
        windowBytes: 4_194_304,
        retention: UNBOUNDED
      })
    },
    onpull: (session, { stream, from }) => {
      const { core, head } = log()
      core.read(from, 100).then(
        (pages) =>
          session.send.pages({
            stream,
            segment: 0,
            block: from,
            pages,
            next: core.length,
            end: true,
            head
          }),
        () => {}
      )
    },
    onprove: (session, { request, block, length }) => {
      const answer = async (): Promise<void> => {
        const { core, head } = log()
        const roots = rootIndexes(length)
        const paths = await Promise.all(
          roots.map((index) => core.nodes(pathIndexes(index, head.length)))
        )
        session.send.proof({
          request,
          page: (await core.read(block, 1))[0] ?? null,
          path: await core.nodes(pathIndexes(2 * block, length)),
          roots: await core.nodes(roots),
          head,
          laterRoots: await core.nodes(rootIndexes(head.length)),
          paths
        })
      }
      answer().catch(() => {})
    }
  }
}

async function setScene(t: Test): Promise<{
  told: SignedLog
  other: SignedLog
  show: (log: SignedLog) => void
  hand: HandRoot
  caught: Promise<RootPeerError>
  reading: AsyncGenerator
}> {
  const world = await World.create(t)
  const keyPair = crypto.keyPair()
  const told = await SignedLog.create(t, keyPair)
  const other = await SignedLog.create(t, keyPair)
  let shown = told
  const hand = await HandRoot.start(
    t,
    world.dht,
    serving(() => shown)
  )
  const client = world.client({ roots: [hand.key] })
  const caught = once(client, 'root-error').then(([{ error }]) => error as RootPeerError)
  const room = await client.createRoom()
  const reading = room.read({ follow: true })
  return { told, other, show: (log) => (shown = log), hand, caught, reading }
}

test('a root that shows another history of the same length is caught when its client is back', async (t) => {
  const { told, other, show, hand, caught, reading } = await setScene(t)
  await told.store(0, 'as told')
  await other.store(0, 'as told otherwise')
  await reading.next()
  show(other)
  hand.hangUp()
  const error = await caught
  t.is(error.code, 'HOSTILE_ROOT')
  t.ok(/two histories/.test(error.message), 'both heads are signed')
  t.alike((error.got as Head[]).length, 2, 'and both are evidence')
})

test('a root that has rewritten its log and gone on is caught by what it can not prove', async (t) => {
  const { told, other, show, hand, caught, reading } = await setScene(t)
  await told.store(0, 'as told')
  await told.store(1, 'and more')
  for (let i = 0; i < 5; i++) await other.store(i, 'as told otherwise')
  await reading.next()
  await reading.next()
  show(other)
  hand.hangUp()
  const error = await caught
  t.is(error.code, 'HOSTILE_ROOT')
  t.ok(/head that was signed|another tree/.test(error.message), error.message)
})

test('a root whose log has only grown is not accused', async (t) => {
  const { told, hand, caught, reading } = await setScene(t)
  await told.store(0, 'as told')
  await reading.next()
  await told.store(1, 'and more')
  hand.hangUp()
  await reading.next() // after it was back, and asked
  await told.store(2, 'and more')
  hand.hangUp()
  await reading.next()
  t.is(await Promise.race([caught, Promise.resolve('nothing')]), 'nothing')
})

test('receipts of many at once all hold', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const room = await world.client({ roots: [root.key] }).createRoom()
  await sendEach(room, names(300))
  const receipts = await Promise.all(names(300).map((name) => room.send(name)))
  const verified = await Promise.all(receipts.map((receipt) => room.verify(receipt)))
  t.alike(
    verified.map(({ index }) => index),
    Array.from({ length: 300 }, (_, i) => 300 + i)
  )
})
