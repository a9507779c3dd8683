import test from 'brittle'
import b4a from 'b4a'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { limits } from '../../src/limits.ts'
import { entryCodec, KeyList } from '../../src/access/key-lists.ts'
import { TableNote } from '../../src/access/table-note.ts'
import type { Store } from '../../src/storage/store.ts'
import { openStore, refusal } from '../storage/helpers.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const HOUR = 3_600_000
const peer = b4a.alloc(32, 1) as PeerKey

function open(store: Store, at: { now: number }): Promise<KeyList> {
  return KeyList.open(store, { name: 'bans', what: 'bans', now: () => at.now })
}

test('a ban ends at its hour; a clock set back brings it again, as long as nobody has looked', async (t) => {
  const at = { now: 1_700_000_000_000 }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const bans = await open(store, at)
  t.absent(bans.hasKey(peer))
  await bans.add(formatKey(peer), at.now + HOUR)
  await bans.add('192.0.2.7', null)
  t.ok(bans.hasKey(peer) && bans.has('192.0.2.7'))
  at.now += HOUR - 1
  t.ok(bans.hasKey(peer))
  at.now += 1
  t.absent(bans.hasKey(peer))
  t.ok(bans.has('192.0.2.7'), 'for ever')
  at.now -= 2 * HOUR
  t.ok(bans.hasKey(peer), 'a clock that jumped ahead has ended nothing')
  at.now += 10 * HOUR
  t.alike(bans.all, [{ name: '192.0.2.7', until: null }])
})

test('what was added holds after a restart, what was removed does not', async (t) => {
  const at = { now: 1000 }
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const bans = await open(store, at)
  await bans.add('a', null)
  await bans.add('b', 5000)
  await bans.add('b', 9000)
  t.ok(await bans.remove('a'))
  t.absent(await bans.remove('a'))
  await store.close()
  const again = await open(await openStore(t, { directory }), at)
  t.alike(again.all, [{ name: 'b', until: 9000 }], 'the later end')
})

test('the list is bounded; whose time is over makes room', async (t) => {
  const at = { now: 1000 }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const full = Array.from({ length: limits.listedMax }, (_, i) => {
    return { name: `${i}`, until: i === 7 ? 2000 : null }
  })
  await new TableNote(store, 'bans', entryCodec, limits.listedMax).write(full)
  const bans = await open(store, at)
  const { code, expected } = await refusal(bans.add('one more', null))
  t.alike({ code, expected }, { code: 'TOO_MANY', expected: limits.listedMax })
  t.absent(bans.has('one more'))
  await bans.add('7', 3000)
  t.pass('one that is there may be changed')
  at.now = 3000
  await bans.add('one more', null)
  t.ok(bans.has('one more'))
  t.is(bans.all.length, limits.listedMax)
  t.is((await open(store, at)).all.length, limits.listedMax)
})

test('what could not be written was not changed', async (t) => {
  const at = { now: 1000 }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const bans = await open(store, at)
  await bans.add('a', 2000)
  const { notes } = store
  notes.set = () => Promise.reject(new Error('no'))
  await t.exception(bans.add('b', null), /no/)
  await t.exception(bans.add('a', 3000), /no/)
  await t.exception(bans.remove('a'), /no/)
  t.alike(bans.all, [{ name: 'a', until: 2000 }])
})
