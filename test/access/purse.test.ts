import test from 'brittle'
import { roomId } from '../rooms/helpers.ts'
import { Payer } from '../../src/access/payers.ts'
import type { Use } from '../../src/access/payers.ts'
import { Purse } from '../../src/access/purse.ts'
import { Quota } from '../../src/access/quota.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Made {
  purse: Purse
  use: Use
  payer: Payer
  total: Quota
}

/** A room with a founder of 2,000 bytes on a disk of 10,000. */
async function make(): Promise<Made> {
  const use: Use = { bytes: 0, messages: 0 }
  const payer = new Payer('holder', roomId, { rooms: 10, bytes: 2000 })
  await payer.load({
    totals: { bytesKept: 0 },
    async *founded() {},
    useOf: () => Promise.resolve(null),
    watch: () => Promise.resolve(() => use)
  })
  const total = new Quota('total-bytes', 10_000)
  const parts = { id: roomId, bytesMax: 1000, messagesMax: 5, payers: [payer], total }
  return { purse: new Purse({ ...parts, use: () => ({ ...use }) }, 10), use, payer, total }
}

test('frames of one commit are settled together, and count as what they really took', async (t) => {
  const { purse, use, payer, total } = await make()
  t.is(purse.reserve(300, 1), null)
  t.is(purse.reserve(300, 1), null)
  t.is(purse.reserve(600, 1)?.kind, 'room-bytes', 'both are set aside')
  Object.assign(use, { bytes: 450, messages: 2 })
  purse.settle(300, 1)
  purse.settle(300, 1)
  t.is(purse.reserve(500, 1)?.kind, 'room-bytes', 'until the commit has answered them all')
  await turn()
  t.is(purse.reserve(550, 1), null)
  t.is(payer.bytes.used, 450)
  t.is(total.used, 450)
})

test('a frame is set aside with all who pay for it, or with none', async (t) => {
  const { purse, payer, total } = await make()
  payer.bytes.use(1800)
  t.is(purse.reserve(300, 1)?.kind, 'holder-bytes')
  payer.bytes.use(-1800)
  total.use(9900)
  t.is(purse.reserve(300, 1)?.kind, 'total-bytes')
  total.use(-9900)
  t.is(purse.reserve(10, 6)?.kind, 'room-messages')
  t.is(purse.reserve(1000, 5), null, 'nothing of those was taken')
  purse.release(1000, 5)
  t.is(purse.reserve(1000, 5), null, 'nor of what was released')
})

test('what a room lets go of is room for all, and a room that is gone pays nothing', async (t) => {
  const { purse, use, payer, total } = await make()
  Object.assign(use, { bytes: 900, messages: 5 })
  purse.refresh()
  t.is(payer.bytes.used, 900)
  t.is(purse.reserve(200, 1)?.kind, 'room-bytes')
  Object.assign(use, { bytes: 100, messages: 1 })
  purse.refresh()
  t.is(purse.reserve(200, 1), null)
  t.is(total.used, 100)
  purse.forget()
  Object.assign(use, { bytes: 0, messages: 0 })
  purse.refresh()
  t.is(total.used, 100, 'whoever struck it out says how much that was')
})

test('steps that come in a crowd are told once', async (t) => {
  const { purse, use } = await make()
  const told: number[][] = []
  const end = purse.listen((usage) => told.push(usage.map(({ use }) => use)))
  for (const bytes of [800, 900, 950, 1000]) {
    use.bytes = bytes
    purse.refresh()
  }
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.alike(told, [[1000, 1000, 1000, 0]])
  end()
  purse.close()
  use.bytes = 0
  purse.refresh()
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.is(told.length, 1)
})
