import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import b4a from 'b4a'
import { exitCodeOf } from '../../src/errors.ts'
import { lock, unlock } from '../../src/storage/opening.ts'
import { Store } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openElsewhere, openStore, refusal } from './helpers.ts'

/** A folder with a block in it, closed cleanly. */
async function written(directory: string): Promise<void> {
  const store = await Store.open({ directory })
  const core = await store.openCore('room')
  await core.append(b4a.from('kept'))
  await store.close()
}

async function isKept(store: Store): Promise<boolean> {
  const core = await store.openCore('room')
  return b4a.equals((await core.get(0, { wait: false })) ?? b4a.alloc(0), b4a.from('kept'))
}

/** What every file of a folder holds, but for RocksDB's own diary and the files that are empty. */
function contents(directory: string): Record<string, string> {
  const all: Record<string, string> = {}
  for (const name of fs.readdirSync(directory, { recursive: true }) as string[]) {
    const file = path.join(directory, name)
    if (/LOG(\.old\..*)?$/.test(name) || !fs.statSync(file).isFile()) continue
    all[name] = createHash('sha256').update(fs.readFileSync(file)).digest('hex')
  }
  return all
}

test('a folder is made, and what is written in it is there the next time', async (t) => {
  const directory = path.join(await tmpFolder(t), 'a', 'b')
  await written(directory)
  t.alike(fs.readdirSync(directory).sort(), ['corestore', 'root-peer.json'])
  const store = await openStore(t, { directory })
  t.ok(await isKept(store))
})

test('a second process is told that the store is open elsewhere', async (t) => {
  const directory = await tmpFolder(t)
  const other = await openElsewhere(t, directory)
  const before = contents(directory)
  for (const restored of [false, true]) {
    const err = await refusal(Store.open({ directory, restored }))
    t.is(err.code, 'STORE_LOCKED')
    t.is(exitCodeOf(err), 75)
    t.ok(err.message.includes(directory))
  }
  t.alike(contents(directory), before, 'it changed nothing')
  await other.kill('SIGTERM')
  const store = await openStore(t, { directory })
  t.is((await store.openCore('held')).length, 1)
  await t.exception(openElsewhere(t, directory), /other process/, 'nor the other way round')
})

test('a running store is safe from --restored even without its lock file', async (t) => {
  const directory = await tmpFolder(t)
  const other = await openElsewhere(t, directory)
  fs.rmSync(path.join(directory, 'corestore', 'CORESTORE'))
  t.is((await refusal(Store.open({ directory, restored: true }))).code, 'STORE_LOCKED')
  await other.kill('SIGKILL')
})

test('a copy is refused unless it is meant', async (t) => {
  const original = path.join(await tmpFolder(t), 'original')
  const directory = path.join(await tmpFolder(t), 'copy')
  await written(original)
  fs.cpSync(original, directory, { recursive: true })
  const before = contents(directory)
  const err = await refusal(Store.open({ directory }))
  t.is(err.code, 'STORE_COPIED')
  t.is(exitCodeOf(err), 65)
  t.ok(err.message.includes('--restored'))
  t.alike(contents(directory), before)

  const copy = await openStore(t, { directory, restored: true })
  t.ok(await isKept(copy))
  t.is(copy.generation, 2)
  await copy.close()
  await t.execution(openStore(t, { directory }), 'from now on it is the folder of its own')
})

test('a copy without its lock file is still a copy', async (t) => {
  const directory = await tmpFolder(t)
  await written(directory)
  fs.rmSync(path.join(directory, 'corestore', 'CORESTORE'))
  t.is((await refusal(Store.open({ directory }))).code, 'STORE_COPIED')
  t.ok(await isKept(await openStore(t, { directory, restored: true })))
})

test('an empty lock file is mended by --restored', async (t) => {
  const directory = await tmpFolder(t)
  await written(directory)
  fs.writeFileSync(path.join(directory, 'corestore', 'CORESTORE'), '')
  const err = await refusal(Store.open({ directory }))
  t.is(err.code, 'STORE_DAMAGED')
  t.ok(err.message.includes('--restored'))
  t.ok(await isKept(await openStore(t, { directory, restored: true })))
})

test('a first start that was cut off is begun anew', async (t) => {
  const directory = await tmpFolder(t)
  fs.mkdirSync(path.join(directory, 'corestore'))
  fs.writeFileSync(path.join(directory, 'corestore', 'CORESTORE'), '')
  fs.writeFileSync(path.join(directory, 'root-peer.json.new'), '{')
  const store = await openStore(t, { directory })
  t.is(store.generation, 1)
})

test('a later version is refused, ours or the library’s', async (t) => {
  const directory = await tmpFolder(t)
  await written(directory)
  const file = path.join(directory, 'root-peer.json')
  const state = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(file, JSON.stringify({ format: 3, whatever: true }))
  for (const restored of [false, true]) {
    const err = await refusal(Store.open({ directory, restored }))
    t.is(err.code, 'STORE_NEWER')
    t.is(exitCodeOf(err), 65)
  }
  fs.writeFileSync(file, state)

  const store = await openStore(t, { directory })
  await raiseStorageVersion(store)
  await store.close()
  t.is((await refusal(Store.open({ directory }))).code, 'STORE_NEWER')
  t.is((await refusal(Store.open({ directory }))).code, 'STORE_NEWER', 'the lock was let go of')
})

test('a folder that can’t be made says so', async (t) => {
  const folder = await tmpFolder(t)
  const file = path.join(folder, 'file')
  fs.writeFileSync(file, '')
  for (const directory of [file, path.join(file, 'below'), '/proc/nowhere']) {
    const err = await refusal(Store.open({ directory }))
    t.is(err.code, 'STORE_NOT_WRITABLE')
    t.is(exitCodeOf(err), 73)
    t.ok(err.message.startsWith(directory))
  }
})

test('a folder of another user says so', async (t) => {
  if (process.getuid?.() !== 0) {
    t.comment('only root can start a process of another user')
    t.pass()
    return
  }
  const folder = await tmpFolder(t)
  fs.chmodSync(folder, 0o755)
  const directory = path.join(folder, 'store')
  await written(directory)
  const nobody = 65534
  t.is((await refusal(openElsewhere(t, directory, { uid: nobody }))).code, 'STORE_NOT_WRITABLE')
  const empty = path.join(folder, 'empty')
  fs.mkdirSync(empty, { mode: 0o755 })
  t.is((await refusal(openElsewhere(t, empty, { uid: nobody }))).code, 'STORE_NOT_WRITABLE')
  t.ok(await isKept(await openStore(t, { directory })))
})

test('a damaged folder is refused and left as it is', async (t) => {
  const db = path.join('corestore', 'db')
  const damages: [string, (directory: string) => void][] = [
    ['state cut off', (d) => fs.truncateSync(path.join(d, 'root-peer.json'), 20)],
    ['state empty', (d) => fs.writeFileSync(path.join(d, 'root-peer.json'), '')],
    ['state of something else', (d) => fs.writeFileSync(path.join(d, 'root-peer.json'), '{}')],
    ['state gone', (d) => fs.rmSync(path.join(d, 'root-peer.json'))],
    ['CURRENT gone', (d) => fs.rmSync(path.join(d, db, 'CURRENT'))],
    ['CURRENT wrong', (d) => fs.writeFileSync(path.join(d, db, 'CURRENT'), 'MANIFEST-999999\n')],
    ['CURRENT empty', (d) => fs.writeFileSync(path.join(d, db, 'CURRENT'), '')],
    ['manifest cut off', (d) => fs.truncateSync(path.join(d, db, manifest(d)), 40)],
    ['database gone', (d) => fs.rmSync(path.join(d, db), { recursive: true })],
    ['all data gone', (d) => fs.rmSync(path.join(d, 'corestore'), { recursive: true })]
  ]
  for (const [name, damage] of damages) {
    const directory = path.join(await tmpFolder(t), 'store')
    await written(directory)
    damage(directory)
    const before = contents(directory)
    const err = await refusal(Store.open({ directory }))
    t.is(err.code, 'STORE_DAMAGED', `${name}: ${err.message.slice(directory.length)}`)
    t.is(exitCodeOf(err), 74)
    const after = contents(directory)
    for (const file of Object.keys(before)) {
      // The mark of a clean end goes before the database is tried: the next start is a careful one.
      if (file === 'root-peer.json' && after[file] !== undefined) continue
      if (after[file] !== before[file]) t.fail(`${name}: ${file} was changed`)
    }
    await refusal(Store.open({ directory })).then((again) => t.is(again.code, 'STORE_DAMAGED'))
  }

  function manifest(directory: string): string {
    const found = fs.readdirSync(path.join(directory, db)).find((f) => f.startsWith('MANIFEST'))
    return found ?? ''
  }
})

test('an open that fails never deletes the logs', async (t) => {
  const directory = await tmpFolder(t)
  await written(directory)
  const storage = await lock(directory, { adopt: false })
  const before = contents(directory)
  storage._maybeRecoverLater(new Error('Corruption: sequence number is being set backwards'))
  t.alike(contents(directory), before)
  t.ok(Object.keys(before).some((name) => name.endsWith('.log')))
  await unlock(storage)
})

/** Makes the database look as a later release of the library would leave it. */
async function raiseStorageVersion(store: Store): Promise<void> {
  const db = store.corestore.storage.db as unknown as {
    get(key: Uint8Array): Promise<Uint8Array>
    put(key: Uint8Array, value: Uint8Array): Promise<void>
  }
  const head = b4a.alloc(1)
  const value = b4a.from(await db.get(head))
  value[0] = 3
  await db.put(head, value)
}
