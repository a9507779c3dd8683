// What a profile promises: the same device after every restart, unless it may have gone back in time.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type { RootPeerError } from '../../../src/client/client.ts'
import { Notes } from '../../../src/client/profile/notes.ts'
import { Profile } from '../../../src/client/profile/profile.ts'
import type { ProfileOptions } from '../../../src/client/profile/profile.ts'
import { decodeState, encodeState, nextState } from '../../../src/client/profile/profile-state.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { tmpFolder } from '../../helpers/tmp.ts'

async function open(t: Test, folder: string, options: Partial<ProfileOptions> = {}) {
  const profile = await Profile.open(folder, { seed: null, restored: false, ...options })
  t.teardown(() => profile.close().catch(() => {}), { order: 100, force: true })
  return profile
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (err: RootPeerError) => err.code
  )

/** What is in a profile, as long as nobody else has it open. */
async function inside(folder: string): Promise<string[]> {
  const store = new Corestore(folder)
  await store.ready()
  const core = store.get({ name: 'profile' })
  await core.ready()
  const found = await new Notes(core).list('')
  await store.close()
  return found.map(({ name, value }) => `${name} ${b4a.toString(value, 'hex')}`)
}

async function put(folder: string, name: string, value: Uint8Array): Promise<void> {
  const store = new Corestore(folder)
  await store.ready()
  const core = store.get({ name: 'profile' })
  await core.ready()
  await new Notes(core).write([{ name, value }])
  await store.close()
}

test('the same device after a close', async (t) => {
  const folder = await tmpFolder(t)
  const first = await open(t, folder)
  const { identity, noise, generation } = first
  first.remember('room', () => 'here')
  first.later('late', () => b4a.from('late'))
  await first.close()

  const second = await open(t, folder)
  t.alike(second.identity, identity)
  t.alike(second.noise, noise)
  t.is(second.generation, generation)
  t.is(await second.place('room'), 'here')
  t.alike(await second.get('late'), b4a.from('late'))
})

test('a seed is the identity, and a profile keeps to it', async (t) => {
  const folder = await tmpFolder(t)
  const seed = new Uint8Array(32).fill(9)
  const first = await open(t, folder, { seed })
  const { identity } = first
  await first.close()
  const before = await inside(folder)

  t.is(
    await code(open(t, folder, { seed: new Uint8Array(32).fill(8) })),
    'PROFILE_OF_ANOTHER',
    'another identity'
  )
  t.alike(await inside(folder), before, 'nothing was changed')
  t.alike((await open(t, folder)).identity, identity, 'it needs not be told again')
})

test('what a later version wrote is left alone', async (t) => {
  const folder = await tmpFolder(t)
  await (await open(t, folder)).close()
  await put(folder, 'state', b4a.from([9, 1, 2, 3]))
  const before = await inside(folder)
  t.is(await code(open(t, folder)), 'PROFILE_NEWER')
  t.alike(await inside(folder), before, 'nothing was changed')
})

test('a copy is told from the original, and opened only if that is what is wanted', async (t) => {
  const folder = await tmpFolder(t)
  const profile = join(folder, 'profile')
  const copy = join(folder, 'copy')
  const first = await open(t, profile)
  const { identity, generation } = first
  await first.close()
  cpSync(profile, copy, { recursive: true })

  t.is(await code(open(t, copy)), 'PROFILE_COPIED')
  const restored = await open(t, copy, { restored: true })
  t.alike(restored.identity, identity)
  t.is(restored.generation, generation + 1, 'it may have gone back in time')
  await restored.close()
  const again = await open(t, copy)
  t.is(again.generation, generation + 1, 'it is at home there now')
})

test('a profile that was killed while it was made is made anew', async (t) => {
  const folder = await tmpFolder(t)
  writeFileSync(join(folder, 'CORESTORE'), '') // names no device yet
  const profile = await open(t, folder)
  const { identity } = profile
  await profile.close()
  t.alike((await open(t, folder)).identity, identity)
})

test('a folder that can not be is a typed error', async (t) => {
  const file = join(await tmpFolder(t), 'file')
  writeFileSync(file, '')
  for (const folder of [file, join(file, 'below'), '/proc/none']) {
    t.is(await code(open(t, folder)), 'PROFILE_FAILED', folder)
  }
})

test('a profile of version 0.1 is taken over', async (t) => {
  const folder = await tmpFolder(t)
  const store = new Corestore(folder)
  const core = store.get({ name: 'profile' })
  const bee = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'binary' })
  await bee.ready()
  const seed = b4a.alloc(32, 5)
  const room = b4a.alloc(32, 6)
  await bee.put(b4a.from('seed'), seed)
  await bee.put(b4a.concat([b4a.from('place/'), room]), b4a.from('cursor'))
  await store.close()

  const profile = await open(t, folder)
  t.is(await profile.place(formatKey(room)), 'cursor')
  await profile.close()
  await t.execution(open(t, folder, { seed }), 'it is the same identity')
})

test('when a profile may have gone back in time', (t) => {
  const one = 'one boot'
  const two = 'another'
  const was = (clean: boolean, boot: string | null) => ({ generation: 4, clean, boot })
  const next = (clean: boolean, boot: string | null, now: string | null, restored = false) =>
    nextState(was(clean, boot), { restored, boot: now }).generation
  t.is(next(true, one, two), 4, 'closed well')
  t.is(next(false, one, one), 4, 'killed, but the kernel lived on')
  t.is(next(false, one, two), 5, 'a power cut')
  t.is(next(false, null, null), 5, 'nobody can tell')
  t.is(next(true, one, one, true), 5, 'a backup')
  t.is(nextState(null, { restored: false, boot: one }).generation, 1)
  const state = was(false, null)
  t.alike(decodeState(encodeState(state)), state)
})

test('what is written while a profile goes to rest takes the mark away again', async (t) => {
  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close())
  const profile = await Profile.open(store, { seed: null, restored: false })
  const core = store.namespace('root-peer-client').get({ name: 'profile' })
  await core.ready()
  const { db } = core.state.storage
  const flush = db.flush.bind(db)
  const written: Promise<void>[] = []
  // All before it is just being made safe.
  db.flush = () => {
    if (written.length === 0) {
      written.push(profile.write([{ name: 'late', value: b4a.from('late') }]))
    }
    return flush()
  }
  await profile.suspend()
  await Promise.all(written)
  t.is(written.length, 1)
  const state = decodeState((await profile.get('state')) as Uint8Array)
  t.absent(state.clean, 'nobody may think that this was made safe too')
  t.alike(await profile.get('late'), b4a.from('late'))
  await core.close()
})

test('suspended, a profile is whole; what is written then takes the mark away first', async (t) => {
  const folder = await tmpFolder(t)
  const profile = await open(t, folder)
  const marked = async (): Promise<boolean> => {
    const state = await profile.get('state')
    return state !== null && decodeState(state).clean
  }
  t.is(await marked(), false)
  profile.later('late', () => b4a.from('1'))
  await profile.suspend()
  t.is(await marked(), true)
  t.alike(await profile.get('late'), b4a.from('1'))

  await Promise.all([
    profile.write([{ name: 'a', value: b4a.from('1') }]),
    profile.write([{ name: 'a', value: b4a.from('2') }])
  ])
  t.is(await marked(), false)
  t.alike(await profile.get('a'), b4a.from('2'), 'in the order asked')
  await profile.suspend()
  t.is(await marked(), true)
  profile.resume()
})

test('a folder that holds something else is left as it is', async (t) => {
  const folder = await tmpFolder(t)
  mkdirSync(join(folder, 'photos'))
  writeFileSync(join(folder, 'letter.txt'), 'dear')
  for (const restored of [false, true]) {
    t.is(await code(open(t, folder, { restored })), 'NOT_A_PROFILE')
  }
  t.alike(readdirSync(folder).toSorted(), ['letter.txt', 'photos'], 'a Corestore would move them')
})

test('a profile that is damaged is a typed error, and not taken for one in use', async (t) => {
  const folder = await tmpFolder(t)
  await (await open(t, folder)).close()
  const db = join(folder, 'db')
  const tables = readdirSync(db).filter((name) => name.endsWith('.sst'))
  t.ok(tables.length > 0)
  for (const name of tables) {
    const path = join(db, name)
    // Of the right size, so that it is found where its blocks are read.
    writeFileSync(path, readFileSync(path).fill(7))
  }
  t.is(await code(open(t, folder)), 'PROFILE_FAILED')
  writeFileSync(join(db, 'CURRENT'), 'none')
  t.is(await code(open(t, folder)), 'PROFILE_FAILED')
})
