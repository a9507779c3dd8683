import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import b4a from 'b4a'
import { usedBytes } from '../../src/storage/usage.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const KiB = 1024

test('a folder takes what its files take on the disk, at any depth', async (t) => {
  const folder = await tmpFolder(t)
  const empty = await usedBytes(folder)
  writeFileSync(path.join(folder, 'a'), b4a.alloc(100 * KiB, 1))
  const inner = path.join(folder, 'b', 'c')
  mkdirSync(inner, { recursive: true })
  writeFileSync(path.join(inner, 'd'), b4a.alloc(200 * KiB, 1))
  const used = (await usedBytes(folder)) - empty
  t.ok(used >= 300 * KiB && used < 400 * KiB, `${used} bytes`)
})

test('what lies elsewhere is not counted', async (t) => {
  const [folder, elsewhere] = [await tmpFolder(t), await tmpFolder(t)]
  writeFileSync(path.join(elsewhere, 'a'), b4a.alloc(500 * KiB, 1))
  symlinkSync(elsewhere, path.join(folder, 'link'))
  t.ok((await usedBytes(folder)) < 100 * KiB)
})

test('files that come and go while it is looked at are no error', async (t) => {
  const folder = await tmpFolder(t)
  t.is(await usedBytes(path.join(folder, 'missing')), 0)
  const names = Array.from({ length: 300 }, (_, i) => path.join(folder, `file ${i}`))
  for (let round = 0; round < 5; round++) {
    for (const name of names) writeFileSync(name, 'x')
    mkdirSync(path.join(folder, 'sub'))
    const looking = usedBytes(folder)
    await new Promise(setImmediate)
    for (const name of names) rmSync(name)
    rmSync(path.join(folder, 'sub'), { recursive: true })
    t.ok((await looking) >= 0)
  }
})

test('nothing else waits for it', async (t) => {
  const folder = await tmpFolder(t)
  for (let i = 0; i < 500; i++) writeFileSync(path.join(folder, `file ${i}`), 'x')
  let turns = 0
  const ticking = setInterval(() => turns++, 0)
  await usedBytes(folder)
  clearInterval(ticking)
  t.ok(turns > 2, `${turns} turns of the event loop went by`)
})
