import test from 'brittle'
import b4a from 'b4a'
import { createPeers } from './helpers.ts'
import { newRoom } from './raw-peer.ts'
import { bytesOf, entryOf, hashOf, keyOf, RawFiles } from './raw-files.ts'

test('a small file is stored, told of, listed and read', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const granted = await files.granted
  t.alike([granted.index, granted.seq], [null, 0], 'a room without files has no cores')

  const chunks = [bytesOf(300, 1), bytesOf(5, 2)]
  const seq = await files.store(keyOf(1, 1), 1, chunks)
  const [entry] = await files.stat(keyOf(1, 1), keyOf(1, 2))
  t.alike([entry?.seq, entry?.version, entry?.size, entry?.deleted], [seq, 1, 305, false])
  t.alike(entry?.sealed, b4a.from('entry 1'))
  t.alike(entry?.key, keyOf(1, 1))
  const list = await files.list(1)
  t.alike([list.entries.length, list.end], [1, true])
  const parts = await files.get([{ key: keyOf(1, 1), seq }])
  t.alike(
    parts.map(({ bytes }) => bytes),
    chunks
  )
  t.alike(
    parts.map(({ kind, chunk }) => [kind, chunk]),
    [
      [0, 0],
      [1, 1]
    ]
  )
})

test('a large file goes up chunk by chunk, and shows once it is committed', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const chunks = Array.from({ length: 40 }, (_, i) => bytesOf(65_536, i))
  const size = 40 * 65_536
  const [request, ready] = await files.begin(keyOf(1, 1), 9, size)
  t.alike([ready.chunks, ready.hash], [0, hashOf([])])
  for (const [i, chunk] of chunks.entries()) files.chunk(request, i, chunk)
  await files.taken(request, 40)
  t.alike(await files.stat(keyOf(1, 1)), [], 'nothing shows before')
  files.commit(request, chunks, entryOf(1, size))
  const { seq } = await files.take(request, 'committed')
  const parts = await files.get([{ key: keyOf(1, 1), seq }])
  t.alike(b4a.concat(parts.map(({ bytes }) => bytes)), b4a.concat(chunks))
  const some = await files.get([{ key: keyOf(1, 1), from: 3, to: 5 }])
  t.alike(
    some.map(({ chunk, kind }) => [chunk, kind]),
    [
      [3, 0],
      [4, 1]
    ]
  )
})
