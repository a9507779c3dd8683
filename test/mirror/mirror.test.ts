// A real folder through a real root peer and back, and whatever a room may say to get out of it.

import { mkdir, readdir, readFile, symlink, utimes, writeFile, stat } from 'node:fs/promises'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import type { Room } from '../../src/client/client.ts'
import { mirrorDown, mirrorUp } from '../../src/mirror/mirror.ts'
import type { Mirrored } from '../../src/mirror/mirror.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { quick, World } from '../client/helpers/world.ts'
import type { TestRoot } from '../client/helpers/world.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const { fileChunkBytes } = wireLimits

async function scene(t: Test): Promise<{ root: TestRoot; room: Room; other: Room }> {
  const world = await World.create(t)
  const root = await world.root()
  const room = await world.client({ roots: [root.key], waits: quick }).createRoom()
  const other = await world.client({ roots: [root.key], waits: quick }).join(room.invite)
  return { root, room, other }
}

/** Names and bytes of all that is in a folder, links as what they lead to. */
async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file)
    found.set(
      name,
      (await stat(file)).isDirectory() ? 'a folder' : (await readFile(file)).toString('hex')
    )
  }
  return found
}

async function fill(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'a/b/c'), { recursive: true })
  await mkdir(path.join(folder, 'empty'))
  await writeFile(path.join(folder, 'a/b/c/deep'), 'deep')
  await writeFile(path.join(folder, 'a/nothing'), '')
  await writeFile(path.join(folder, 'Grüße 日本.txt'), 'Grüße')
  await writeFile(path.join(folder, 'large'), Buffer.alloc(3 * fileChunkBytes + 5, 'large'))
  await writeFile(path.join(folder, 'chunk'), Buffer.alloc(fileChunkBytes, 'chunk'))
  for (let i = 0; i < 40; i++) await writeFile(path.join(folder, `a/${i}`), `${i}`.repeat(i))
  await utimes(path.join(folder, 'large'), 1000, 1000)
}

const summary = ({ sent, equal, deleted, skipped }: Mirrored): number[] => [
  sent,
  equal,
  deleted,
  skipped
]

test('a folder goes up and comes down equal, and the next time only what changed', async (t) => {
  const { room, other } = await scene(t)
  const [from, to] = [await tmpFolder(t), path.join(await tmpFolder(t), 'made')]
  await fill(from)
  const files = 45
  t.alike(summary(await mirrorUp(room.files, from, 'docs')), [files, 0, 0, 0])
  t.alike(summary(await mirrorDown(other.files, 'docs', to)), [files, 0, 0, 0])
  t.alike(await contents(to), await contents(from))
  t.is((await stat(path.join(to, 'large'))).mtimeMs, 1_000_000)

  await writeFile(path.join(from, 'a/nothing'), 'something')
  await writeFile(path.join(from, 'large'), Buffer.alloc(3 * fileChunkBytes + 5, 'lurge'))
  t.alike(summary(await mirrorUp(room.files, from, 'docs')), [2, files - 2, 0, 0])
  t.alike(summary(await mirrorDown(other.files, 'docs', to)), [2, files - 2, 0, 0])
  t.alike(await contents(to), await contents(from))

  await writeFile(path.join(to, 'mine'), 'mine')
  t.alike(summary(await mirrorDown(other.files, 'docs', to, { prune: true })), [0, files, 1, 0])
  await writeFile(path.join(to, 'more'), 'more')
  t.alike(summary(await mirrorUp(other.files, to, 'docs')), [1, files, 0, 0])
  t.alike(summary(await mirrorUp(room.files, from, 'docs', { prune: true })), [0, files, 1, 0])
})

test('nothing is written outside the folder, whatever a room says', async (t) => {
  const { room, other } = await scene(t)
  const outside = await tmpFolder(t)
  const to = await tmpFolder(t)
  for (const name of ['out/file', 'link/file', 'out.txt', 'fine']) await room.files.put(name, name)
  await symlink(outside, path.join(to, 'out'))
  await mkdir(path.join(to, 'within'))
  await symlink('within', path.join(to, 'link'))
  await writeFile(path.join(outside, 'target'), 'untouched')
  await symlink(path.join(outside, 'target'), path.join(to, 'out.txt'))
  const skipped: string[] = []
  const done = await mirrorDown(other.files, '', to, {
    onskipped: (each) => skipped.push(each.path)
  })
  t.alike(summary(done), [2, 0, 0, 4])
  t.alike(skipped.sort(), ['link', 'link/file', 'out', 'out/file'])
  t.alike(await readdir(outside), ['target'])
  t.is((await readFile(path.join(outside, 'target'))).toString(), 'untouched')
  t.is(
    (await readFile(path.join(to, 'out.txt'))).toString(),
    'out.txt',
    'the link itself was replaced'
  )
})

test('links go up as what they lead to, unless that is outside', async (t) => {
  const { room, other } = await scene(t)
  const [from, outside] = [await tmpFolder(t), await tmpFolder(t)]
  await writeFile(path.join(outside, 'secret'), 'secret')
  await writeFile(path.join(from, 'file'), 'file')
  await symlink('file', path.join(from, 'inside'))
  await symlink(path.join(outside, 'secret'), path.join(from, 'out'))
  await symlink(outside, path.join(from, 'folder'))
  await symlink('nowhere', path.join(from, 'broken'))
  t.alike(summary(await mirrorUp(room.files, from, '')), [2, 0, 0, 3])
  const { files } = await other.files.list()
  t.alike(files.map((file) => file.path).sort(), ['file', 'inside'])
})

test('what a break left of a large file is gone on with, if it is good', async (t) => {
  const { room, other } = await scene(t)
  const to = await tmpFolder(t)
  const bytes = Buffer.alloc(10 * fileChunkBytes, 'bytes')
  await room.files.put('large', bytes)
  const interrupt = async (at: number): Promise<number> => {
    const stop = new AbortController()
    let seen = 0
    const onprogress = (more: number): void => {
      seen += more
      if (seen >= at) stop.abort()
    }
    await t.exception(
      mirrorDown(other.files, '', to, { signal: stop.signal, onprogress }),
      /given up/
    )
    return seen
  }
  t.is(await interrupt(4 * fileChunkBytes), 4 * fileChunkBytes)
  const [part = ''] = await readdir(to)
  t.ok(part.endsWith('.part'))
  let fetched = 0
  const onprogress = (more: number): void => {
    fetched += more
  }
  await mirrorDown(other.files, '', to, { onprogress })
  t.is(fetched, 6 * fileChunkBytes)
  t.alike(await readdir(to), ['large'])
  t.ok((await readFile(path.join(to, 'large'))).equals(bytes))

  await writeFile(path.join(to, 'large'), 'another')
  await writeFile(path.join(to, part), Buffer.alloc(4 * fileChunkBytes, 'wrong'))
  await mirrorDown(other.files, '', to)
  t.ok(
    (await readFile(path.join(to, 'large'))).equals(bytes),
    'what was left there was not believed'
  )
})
