// A room's files as an app uses them, at a root peer made by hand that may hang up, tamper or refuse.

import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { Room } from '../../../src/client/client.ts'
import type { FileChange } from '../../../src/client/files/files-options.ts'
import { RootPeerError } from '../../../src/protocol/errors.ts'
import { wireLimits } from '../../../src/protocol/limits.ts'
import { HandFiles } from '../helpers/hand-files.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { quick, World } from '../helpers/world.ts'

const { fileChunkBytes } = wireLimits

interface Scene {
  root: HandRoot
  files: HandFiles
  room: Room
  /** The same room at another client. */
  another: (options?: { guest?: boolean }) => Promise<Room>
}

async function scene(t: Test): Promise<Scene> {
  const world = await World.create(t)
  const files = new HandFiles()
  const root = await HandRoot.start(t, world.dht, { onmux: files.onmux })
  const client = world.client({ roots: [root.key], waits: quick })
  const room = await client.createRoom()
  const another = async (): Promise<Room> =>
    world.client({ roots: [root.key], waits: quick }).join(room.invite)
  return { root, files, room, another }
}

/** Bytes that are another everywhere. */
function noise(size: number, seed = 1): Uint8Array {
  const bytes = b4a.alloc(size)
  let state = seed
  for (let i = 0; i < size; i++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    bytes[i] = state >>> 16
  }
  return bytes
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (err) {
    return err instanceof RootPeerError ? err.code : String(err)
  }
  return 'nothing thrown'
}

async function take(changes: AsyncGenerator<FileChange>, count: number): Promise<string[]> {
  const told: string[] = []
  while (told.length < count) {
    const { value, done } = await changes.next()
    if (done === true) break
    told.push(
      value.kind === 'put'
        ? value.file.path
        : value.kind === 'deleted'
          ? `-${value.path}`
          : value.kind
    )
  }
  return told
}

test('what is put is there for others: what it is, and its bytes', async (t) => {
  const { room, another } = await scene(t)
  const sizes = [0, 1, 2000, 70_000, fileChunkBytes, fileChunkBytes + 1, 5 * fileChunkBytes + 77]
  for (const size of sizes) {
    const info = await room.files.put(`docs/größe ${size}`, noise(size), {
      mediaType: 'x/y',
      modifiedAt: 1234
    })
    t.alike([info.size, info.version, info.mediaType, info.modifiedAt], [size, 1, 'x/y', 1234])
  }
  const other = await another()
  for (const size of sizes) {
    const reading = await other.files.get(`/docs/größe ${size}`)
    t.is(reading.info.author, (await room.files.stat(`docs/größe ${size}`))?.author)
    t.ok(b4a.equals(await reading.bytes(), noise(size)), `${size} bytes`)
  }
  const { files, errors, next } = await other.files.list()
  t.alike(
    [files.map(({ path, kind }) => [path, kind]), errors, next],
    [[['docs', 'folder']], [], null]
  )
  t.is((await other.files.list('docs')).files.length, sizes.length)
  t.is(await other.files.stat('docs/none'), null)
  t.is(await codeOf(other.files.get('docs/none')), 'FILE_UNKNOWN')
  t.is(await codeOf(other.files.get('docs')), 'FILE_UNKNOWN', 'a folder is no file')
})

test('any range of a file is read alone, and one beyond it is refused', async (t) => {
  const { room } = await scene(t)
  const size = 3 * fileChunkBytes + 500
  const bytes = noise(size)
  await room.files.put('f', bytes)
  const ranges = [
    [0, 0],
    [0, 1],
    [size - 1, size],
    [fileChunkBytes - 1, fileChunkBytes + 1],
    [fileChunkBytes, 2 * fileChunkBytes],
    [10, size - 10],
    [size, size]
  ]
  for (const [from = 0, to = 0] of ranges) {
    const part = await (await room.files.get('f', { from, to })).bytes()
    t.ok(b4a.equals(part, bytes.subarray(from, to)), `${from} to ${to}`)
  }
  for (const [from, to] of [
    [0, size + 1],
    [-1, 2],
    [3, 2],
    [0.5, 2],
    [size + 1, size + 2]
  ] as const) {
    t.is(await codeOf(room.files.get('f', { from, to })), 'BAD_RANGE', `${from} to ${to}`)
  }
})

test('sources of every kind, and those that do not keep their word', async (t) => {
  const { room } = await scene(t)
  const bytes = noise(2 * fileChunkBytes + 9)
  async function* slices(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; at += 10_007) yield bytes.subarray(at, at + 10_007)
  }
  const size = bytes.byteLength
  const read = async (path: string): Promise<Uint8Array> => (await room.files.get(path)).bytes()
  await room.files.put('text', 'Grüße')
  t.is(b4a.toString(await read('text')), 'Grüße')
  await room.files.put('once', slices(), { size })
  t.ok(b4a.equals(await read('once'), bytes))
  await room.files.put('again', () => slices(), { size })
  t.ok(b4a.equals(await read('again'), bytes))
  await room.files.put('array', [bytes, bytes], { size: 2 * size })
  t.ok(b4a.equals(await read('array'), b4a.concat([bytes, bytes])))
  for (const wrong of [undefined, size - 1, size + 1, -1, 0.5]) {
    const options = wrong === undefined ? {} : { size: wrong }
    t.is(
      await codeOf(room.files.put('wrong', () => slices(), options)),
      'BAD_SOURCE',
      String(wrong)
    )
  }
  t.is(await room.files.stat('wrong'), null, 'nothing of it shows')
})

test('a path that is none is refused before anything is sent', async (t) => {
  const { room, files } = await scene(t)
  for (const path of ['', '/', '..', 'a/../b', 'a\0', 'a//b', 'a/'.repeat(10_000)]) {
    t.is(await codeOf(room.files.put(path, 'x')), 'BAD_PATH', path.slice(0, 8))
    if (path.length > 1) t.is(await codeOf(room.files.get(path)), 'BAD_PATH')
  }
  t.is(files.log.length, 0)
})

test('an upload goes on where it was when the root hangs up, and sends little twice', async (t) => {
  const { room, root, files } = await scene(t)
  const count = 100
  const bytes = noise(count * fileChunkBytes)
  let hangUps = 0
  files.onchunk = (index) => {
    if (index === 20 + hangUps * 25 && hangUps < 3) {
      hangUps++
      root.hangUp()
    }
  }
  const stored: number[] = []
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  await room.files.put('f', once(), {
    size: bytes.byteLength,
    onprogress: (bytes) => stored.push(bytes)
  })
  t.is(hangUps, 3)
  t.ok(files.chunks < count + 1 + 3 * 40, `${files.chunks} chunks were sent`)
  t.is(stored.at(-1), bytes.byteLength)
  t.ok(stored.every((each, i) => i === 0 || each >= (stored[i - 1] ?? 0)))
  t.ok(b4a.equals(await (await room.files.get('f')).bytes(), bytes))
})

test('a root that lost what was sent gets it from the beginning, if it can be read again', async (t) => {
  const { room, root, files } = await scene(t)
  const bytes = noise(60 * fileChunkBytes)
  let lost = 0
  files.onchunk = (index) => {
    if (index !== 40 || lost++ > 0) return
    files.uploads.clear()
    root.hangUp()
  }
  await room.files.put('f', bytes)
  t.ok(b4a.equals(await (await room.files.get('f')).bytes(), bytes))
  lost = 0
  const once = (async function* () {
    yield bytes
  })()
  t.is(await codeOf(room.files.put('g', once, { size: bytes.byteLength })), 'UPLOAD_LOST')
  t.is(await room.files.stat('g'), null)
})

test('what was committed when the root went away is not written twice', async (t) => {
  const { room, root, files } = await scene(t)
  let left = 2
  files.onstored = () => {
    if (left-- > 0) root.hangUp()
  }
  const small = await room.files.put('small', 'x')
  t.is(small.version, 1)
  left = 1
  const large = await room.files.put('large', noise(3 * fileChunkBytes))
  t.is(large.version, 1)
  t.alike(
    files.log.map(({ version }) => version),
    [1, 1]
  )
})

test('a download goes on where it was when the root hangs up', async (t) => {
  const { room, root, files } = await scene(t)
  const bytes = noise(80 * fileChunkBytes)
  await room.files.put('f', bytes)
  let sent = 0
  let hangUps = 0
  files.onpart = ({ chunk }) => {
    sent++
    if (chunk === 20 * (hangUps + 1) && hangUps < 3) {
      hangUps++
      root.hangUp()
    }
  }
  t.ok(b4a.equals(await (await room.files.get('f')).bytes(), bytes))
  t.is(hangUps, 3)
  t.ok(sent > 80)
})

test('a file that is another after a break is said to be', async (t) => {
  const { room, root, files, another } = await scene(t)
  await room.files.put('f', noise(40 * fileChunkBytes))
  const reading = await (await another()).files.get('f')
  let first = true
  for await (const _ of reading) {
    if (!first) break
    first = false
  }
  await room.files.put('f', 'another')
  const [old] = files.log.splice(0, 1)
  t.is(old?.version, 1, 'which the root has let go')
  root.hangUp()
  t.is(await codeOf(reading.bytes()), 'FILE_CHANGED')
})

test('content that was touched is not given', async (t) => {
  const { room, files } = await scene(t)
  await room.files.put('one', noise(1000))
  await room.files.put('many', noise(3 * fileChunkBytes))
  const touch = (chunks: Uint8Array[], at: number): void => {
    const chunk = chunks[at] as Uint8Array
    chunk[50] = (chunk[50] as number) ^ 1
  }
  for (const [path, at] of [
    ['one', 0],
    ['many', 1],
    ['many', 3]
  ] as const) {
    const file = files.log[path === 'one' ? 0 : 1]
    if (file === undefined) return t.fail('nothing there')
    touch(file.chunks, at)
    t.is(await codeOf((await room.files.get(path)).bytes()), 'BAD_CONTENT', `${path} ${at}`)
    touch(file.chunks, at)
    t.is(await codeOf((await room.files.get(path)).bytes()), 'nothing thrown')
  }
  const many = files.log[1]
  many?.chunks.splice(1, 2, ...many.chunks.slice(1, 3).toReversed())
  t.is(await codeOf((await room.files.get('many')).bytes()), 'BAD_CONTENT', 'in another order')
  many?.chunks.splice(2)
  t.is(await codeOf((await room.files.get('many')).bytes()), 'BAD_CONTENT', 'cut short')
})

test('an entry that was touched, moved or points nowhere harms no other', async (t) => {
  const { room, files } = await scene(t)
  for (const path of ['a', 'b', 'c', 'd']) await room.files.put(path, path)
  const [a, b, c, d] = files.log
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    return t.fail('too few')
  a.sealed[60] = (a.sealed[60] as number) ^ 1
  b.sealed = c.sealed
  c.chunks = []
  const { files: found, errors } = await room.files.list()
  t.alike(found.map(({ path }) => path).sort(), ['c', 'd'])
  t.alike(
    errors.map(({ code }) => code),
    ['NOT_OPENED', 'NOT_OPENED']
  )
  t.is(await codeOf(room.files.stat('a')), 'NOT_OPENED')
  t.is(await codeOf((await room.files.get('c')).bytes()), 'BAD_CONTENT')
  t.is(b4a.toString(await (await room.files.get('d')).bytes()), 'd')
  d.version = 9
  t.is(await codeOf(room.files.stat('d')), 'BAD_ENTRY', 'a version that its author did not give')
})

test('the last to write wins, and nobody is overwritten unseen', async (t) => {
  const { room, files, another } = await scene(t)
  const other = await another()
  const [a, b] = await Promise.all([room.files.put('f', 'a'), other.files.put('f', 'b')])
  t.alike(
    [a.version, b.version].toSorted((x, y) => x - y),
    [1, 2]
  )
  const winner = a.version === 2 ? 'a' : 'b'
  t.is(b4a.toString(await (await room.files.get('f')).bytes()), winner)
  t.is(files.log.length, 2)
})

test('versions are kept when asked for, and brought back without their bytes', async (t) => {
  const { room, files } = await scene(t)
  await room.files.put('f', 'one', { mediaType: 'a/b' })
  await room.files.put('f', 'two', { versions: 3 })
  t.alike(
    (await room.files.versions('f')).map(({ version }) => version),
    [1]
  )
  t.is(b4a.toString(await (await room.files.get('f', { version: 1 })).bytes()), 'one')
  const restored = await room.files.restore('f', 1)
  t.alike([restored.version, restored.mediaType], [3, 'a/b'])
  t.is(b4a.toString(await (await room.files.get('f')).bytes()), 'one')
  t.is(files.chunks, 0)
  t.is(await codeOf(room.files.restore('f', 7)), 'FILE_UNKNOWN')
  t.is(await codeOf(room.files.get('f', { version: 7 })), 'FILE_UNKNOWN')
})

test('deleting takes a folder with all that is in it, and what follows is a new file', async (t) => {
  const { room } = await scene(t)
  for (const path of ['a/b/c', 'a/b/d', 'a/e', 'f']) await room.files.put(path, path)
  t.is(await room.files.delete('a'), true)
  t.is(await room.files.delete('a'), false)
  const left: string[] = []
  for await (const { path } of room.files.walk()) left.push(path)
  t.alike(left, ['f'])
  const again = await room.files.put('a/b/c', 'again')
  t.is(again.version, 3, 'above its tombstone')
  t.is((await room.files.list('a/b')).files.length, 1)
})

test('pages of a folder follow each other, whatever changes meanwhile', async (t) => {
  const { room } = await scene(t)
  const paths = Array.from({ length: 25 }, (_, i) => `d/${i}`)
  for (const path of paths) await room.files.put(path, path)
  const seen: string[] = []
  let from: string | undefined
  do {
    const page = await room.files.list('d', { limit: 10, ...(from === undefined ? {} : { from }) })
    seen.push(...page.files.map(({ path }) => path))
    from = page.next ?? undefined
    if (seen.length === 10) await room.files.delete(seen[0] ?? '')
  } while (from !== undefined)
  t.alike([...seen].sort(), [...paths].sort())
  t.is(await codeOf(room.files.list('d', { from: 'nowhere' })), 'BAD_CURSOR')
})

test('changes are followed over a break, and from a cursor', async (t) => {
  const { room, root, another } = await scene(t)
  const other = await another()
  await room.files.put('before', 'x')
  const watching = other.files.watch({ from: 'start' })
  t.alike(await take(watching, 1), ['before'])
  await room.files.put('a', 'x')
  t.alike(await take(watching, 1), ['a'])
  root.hangUp()
  await room.files.put('b', 'x')
  await room.files.delete('a')
  t.alike(await take(watching, 2), ['b', '-a'])
  await watching.return(undefined)

  const all = other.files.watch({ from: 'start', live: false })
  const cursors: string[] = []
  for await (const change of all) if (change.kind === 'put') cursors.push(change.cursor)
  t.alike(await take(other.files.watch({ from: cursors[1] ?? '', live: false }), 9), ['b', '-a'])
  t.is(await codeOf(take(other.files.watch({ from: 'cnowhere' }), 1)), 'BAD_CURSOR')
})

test('without a cursor only what is new is told', async (t) => {
  const { room, another } = await scene(t)
  await room.files.put('before', 'x')
  const other = await another()
  await other.files.stat('before')
  const watching = other.files.watch()
  const first = take(watching, 1)
  await room.files.put('after', 'x')
  t.alike(await first, ['after'])
  await watching.return(undefined)
})

test('when the index was moved all is told again, and said to be', async (t) => {
  const { room, root, files, another } = await scene(t)
  await room.files.put('a', 'x')
  const watching = (await another()).files.watch({ from: 'start' })
  t.alike(await take(watching, 1), ['a'])
  files.index = b4a.alloc(32, 2) as never
  root.hangUp()
  t.alike(await take(watching, 2), ['again', 'a'])
  await watching.return(undefined)
})

test('a watch ends when it is asked to', async (t) => {
  const { room } = await scene(t)
  const stop = new AbortController()
  const watching = take(room.files.watch({ signal: stop.signal }), 1)
  await room.files.stat('a')
  stop.abort()
  t.alike(await watching, [])
})

test('an upload that is given up leaves nothing, and the next one is not held up', async (t) => {
  const { room, files } = await scene(t)
  const stop = new AbortController()
  files.onchunk = (index) => {
    if (index === 5) stop.abort()
  }
  const bytes = noise(50 * fileChunkBytes)
  t.is(await codeOf(room.files.put('f', bytes, { signal: stop.signal })), 'ABORTED')
  t.is(await room.files.stat('f'), null)
  t.is((await room.files.put('f', bytes)).version, 1)
  const cancel = new AbortController()
  files.onpart = ({ chunk }) => {
    if (chunk === 5) cancel.abort()
  }
  t.is(await codeOf((await room.files.get('f', { signal: cancel.signal })).bytes()), 'ABORTED')
})

test('many at a time are no more than a root allows', async (t) => {
  const { room, files } = await scene(t)
  let most = 0
  files.onchunk = () => {
    most = Math.max(most, files.uploads.size)
  }
  const size = 3 * fileChunkBytes
  const paths = Array.from({ length: 20 }, (_, i) => `${i}`)
  await Promise.all(paths.map((path, i) => room.files.put(path, noise(size, i))))
  t.ok(most <= 4, `${most} uploads at the same time`)
  const read = await Promise.all(paths.map(async (path) => (await room.files.get(path)).bytes()))
  t.ok(read.every((bytes, i) => b4a.equals(bytes, noise(size, i))))
})

test('state is set, read, listed, unset and followed', async (t) => {
  const { room, another } = await scene(t)
  const other = await another()
  t.is(await other.state.get('topic'), null)
  await room.state.set('topic', 'Grüße')
  await room.state.set('name', b4a.from([0xff]))
  t.is(b4a.toString((await other.state.get('topic'))?.value ?? b4a.alloc(0)), 'Grüße')
  t.alike((await other.state.list()).map(({ name }) => name).sort(), ['name', 'topic'])
  t.alike((await other.files.list()).files, [], 'and is no file')
  const watching = other.state.watch()
  const seen = [(await watching.next()).value, (await watching.next()).value]
  t.alike(seen.map((each) => String(each?.name)).sort(), ['name', 'topic'])
  await room.state.set('topic', null)
  const unset = (await watching.next()).value
  t.alike([unset?.name, unset?.set, unset?.version], ['topic', false, 2])
  await watching.return(undefined)
  t.is(await other.state.get('topic'), null)
  t.is((await room.state.set('topic', 'again')).version, 3)
  t.is(await codeOf(room.state.set('topic', b4a.alloc(wireLimits.valueBytesMax + 1))), 'TOO_LARGE')
  t.is(await codeOf(room.state.set('a/b', 'x')), 'BAD_PATH')
})

test('who closes the room is told', async (t) => {
  const { room } = await scene(t)
  await room.files.stat('a')
  const watching = take(room.files.watch(), 1)
  room.close()
  t.is(await codeOf(watching), 'CLOSED')
  t.is(await codeOf(room.files.stat('a')), 'CLOSED')
})
