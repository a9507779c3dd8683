import test from 'brittle'
import { quotaNumber } from '../../src/protocol/quota.ts'
import { Quota, quotaFull } from '../../src/access/quota.ts'

function make(limit: number): { quota: Quota; told: () => number } {
  const quota = new Quota('room-bytes', limit)
  let times = 0
  quota.watchers.add(() => times++)
  const told = (): number => {
    const count = times
    times = 0
    return count
  }
  return { quota, told }
}

test('what is set aside is not there for anybody else, until it is used or given back', (t) => {
  const { quota } = make(100)
  t.ok(quota.take(60))
  t.absent(quota.fits(60), 'although none of it is used yet')
  t.ok(quota.take(40), 'to the last byte')
  t.absent(quota.fits(1))
  quota.release(40)
  quota.use(60)
  quota.release(60)
  t.ok(quota.fits(40))
  t.absent(quota.fits(41))
  t.is(quota.used, 60)
})

test('it tells of each step once, up and down', (t) => {
  const { quota, told } = make(1000)
  quota.use(799)
  t.is(told(), 0)
  for (const [more, times] of [
    [1, 1], // 80 %
    [99, 0],
    [1, 1], // 90
    [49, 0],
    [1, 1], // 95
    [49, 0],
    [1, 1], // 100
    [50, 0],
    [-50, 0],
    [-1, 1],
    [1, 1],
    [-1000, 1] // past all of them at once
  ] as const) {
    quota.use(more)
    t.is(told(), times, `${quota.used}`)
  }
  t.is(quota.used, 0)
})

test('one that had no room says so, and again once there is room for what it had none for', (t) => {
  const { quota, told } = make(100)
  quota.use(70)
  told()
  t.absent(quota.fits(50))
  t.is(told(), 1)
  t.alike(quota.state, { kind: quotaNumber('room-bytes'), limit: 100, use: 70, full: true })
  t.absent(quota.fits(40))
  t.is(told(), 0, 'it was said')
  quota.use(-5)
  t.ok(quota.state.full, 'not for 40')
  quota.use(-5)
  t.absent(quota.state.full)
  t.is(told(), 1)
  t.absent(quota.fits(200), 'what would never fit')
  quota.use(-60)
  t.absent(quota.state.full, 'waits for no more than there can be')
})

test('a reservation that comes to nothing makes room, too', (t) => {
  const { quota, told } = make(100)
  t.ok(quota.take(100))
  t.absent(quota.fits(1))
  t.is(told(), 1)
  quota.release(100)
  t.is(told(), 1)
  t.absent(quota.state.full)
})

test('another limit holds at once, and takes nothing away', (t) => {
  const { quota, told } = make(100)
  quota.use(50)
  quota.limit = 40
  t.is(told(), 1)
  t.absent(quota.fits(1))
  t.is(quota.used, 50, 'more than it may be: nothing is lost')
  told()
  quota.limit = 60
  t.ok(told() > 0)
  t.ok(quota.fits(10))
  t.absent(quota.state.full)
  quota.limit = 60
  t.is(told(), 0, 'the same')
})

test('a refusal says which it is, its limit and what is used of it', (t) => {
  const { quota } = make(100)
  quota.use(90)
  const { code, message, expected, got, quota: figures } = quotaFull('ROOM_FULL', quota)
  t.alike({ code, expected, got }, { code: 'ROOM_FULL', expected: 100, got: 90 })
  t.alike(figures, { kind: 'room-bytes', limit: 100, use: 90 })
  t.ok(message.startsWith('90 of the 100 '), message)
})
