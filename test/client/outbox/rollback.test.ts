// A root whose disk was rolled back: an older copy of its folder is put back, with `restored`.

import { cp, rm } from 'node:fs/promises'
import test from 'brittle'
import { names, readAll, sendEach, take, tellAll, World } from '../helpers/world.ts'

test('after a rollback old readers are told, what was not acknowledged is stored, nothing doubles or forks', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const writer = await world.client({ roots: [root.key] }).createRoom()
  await sendEach(writer, names(10))
  const reader = await world.client().join(writer.invite)
  const following = reader.read({ follow: true })
  t.is((await take(following, 10)).length, 10)

  const copy = `${root.storage}-copy`
  await root.stop()
  await cp(root.storage, copy, { recursive: true })
  await root.start()
  const lost = await Promise.all(names(5, 10).map((name) => writer.send(name)))
  const seen = await take(following, 5)
  t.alike(tellAll(seen), names(5, 10))
  const oldCursor = seen.at(-1)?.cursor ?? ''
  const keptCursor = (await readAll(reader))[4]?.cursor ?? ''

  await root.stop()
  const sent = sendEach(writer, names(5, 15)) // on its way while the root is away
  await rm(root.storage, { recursive: true })
  await cp(copy, root.storage, { recursive: true })
  const resets: number[] = []
  reader.on('reset', ({ number }) => resets.push(number))
  await root.start({ restored: true })
  await sent
  t.alike(tellAll(await take(following, 5)), names(5, 15), 'each once, by who followed all along')
  t.alike(resets, [10])

  const told: number[] = []
  const other = await world.client().join(writer.invite)
  other.on('reset', ({ number }) => told.push(number))
  t.alike(tellAll(await readAll(other, { from: oldCursor })), names(5, 15))
  t.alike(told, [10], 'a cursor from before the rollback is led back')
  t.alike(tellAll(await readAll(other, { from: keptCursor })), [...names(5, 5), ...names(5, 15)])
  t.is(told.length, 1, 'one that the old copy covers is still good')

  const holes: unknown[] = []
  other.on('hole', ({ from, to }) => holes.push([from, to]))
  const fresh = await readAll(other, { from: 0 })
  t.alike(tellAll(fresh), [...names(10), ...names(5, 15)])
  t.alike(holes, [[10, 15]], 'what was lost is said, not passed over')
  t.ok(fresh.every((item) => 'body' in item && !item.fork))

  const receipt = await writer.send('m20')
  t.is(receipt.head?.fork, 0)
  t.not(receipt.coreKey, lost[0]?.coreKey, 'a new core, so the old one never forks')
  await following.return(undefined)
})

test('what was under way when the disk was rolled back is stored once', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const writer = await world.client({ roots: [root.key] }).createRoom()
  await sendEach(writer, names(3))
  const copy = `${root.storage}-copy`
  await root.stop()
  await cp(root.storage, copy, { recursive: true })
  await root.start()

  const sending = sendEach(writer, names(400, 3))
  const stopping = root.stop()
  await stopping
  await rm(root.storage, { recursive: true })
  await cp(copy, root.storage, { recursive: true })
  await root.start({ restored: true })
  await sending
  await writer.send('last')
  const reader = await world.client().join(writer.invite)
  const told = tellAll(await readAll(reader))
  t.is(new Set(told).size, told.length, 'none twice')
  t.alike(told.slice(0, 3), names(3))
  t.is(told.at(-1), 'last')
})
