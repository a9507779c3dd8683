import test from 'brittle'
import { fullInDays, History } from '../../src/operator/growth.ts'
import type { Sample } from '../../src/operator/growth.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const start = Date.UTC(2030, 0, 1)

const sample = (hours: number, messages: number, bytes: number, usedBytes = bytes): Sample => ({
  at: start + hours * HOUR,
  messages,
  bytes,
  usedBytes
})

test('growth a day rests on the time that is known', (t) => {
  const history = new History(null)
  t.is(history.growth(sample(0, 0, 0)), null)
  t.ok(history.take(sample(0, 100, 1000)))
  t.absent(history.take(sample(0.5, 110, 1100)), 'one an hour')
  t.is(history.growth(sample(0.9, 150, 1500)), null, 'too little')
  t.alike(history.growth(sample(6, 160, 1600, 7000)), {
    windowMs: 6 * HOUR,
    messagesPerDay: 240,
    bytesPerDay: 2400,
    diskBytesPerDay: 24_000
  })
})

test('it looks back seven days, and survives a restart', (t) => {
  let history = new History(null)
  for (let hour = 0; hour <= 400; hour++) {
    history.take(sample(hour, hour * 10, hour * 1000))
    if (hour % 37 === 0) history = new History(history.text())
  }
  const growth = history.growth(sample(400, 4000, 400_000))
  t.is(growth?.windowMs, 7 * DAY)
  t.is(growth?.messagesPerDay, 240)
  t.ok(history.text().length < 8000)
})

test('a clock that jumps, or a backup, makes no nonsense', (t) => {
  const history = new History(null)
  history.take(sample(0, 10, 10))
  history.take(sample(20, 20, 20))
  t.absent(history.take(sample(0.5, 21, 21)), 'back in time: the first one still stands')
  t.is(history.growth(sample(0.6, 22, 22)), null)
  t.is(history.growth(sample(2, 30, 30))?.messagesPerDay, 240, 'the future one is forgotten')

  t.ok(history.take(sample(100_000, 40, 40)), 'years ahead')
  t.is(history.growth(sample(100_000, 40, 40)), null)
  t.ok(history.take(sample(3, 41, 41)), 'and back')
  t.is(history.growth(sample(9, 47, 47))?.messagesPerDay, 24)

  t.ok(history.take(sample(10, 5, 5)), 'an older backup')
  t.is(history.growth(sample(12, 5, 5))?.messagesPerDay, 0)
})

test('what was kept is not trusted', (t) => {
  for (const kept of ['', '{', 'null', '[1]', '[[1,2,3]]', '[["a",1,1,1]]', '[[1,-1,1,1]]']) {
    t.is(new History(kept).text(), '[]', kept)
  }
  t.is(new History('[[2,2,2,2],[1,1,1,1]]').text(), '[[1,1,1,1],[2,2,2,2]]', 'put in order')
})

test('when the disk is full', (t) => {
  const growth = { windowMs: DAY, messagesPerDay: 1, bytesPerDay: 1, diskBytesPerDay: 100 }
  const disk = { freeBytes: 1250, reserveBytes: 1000 }
  t.is(fullInDays(disk, growth), 2.5)
  t.is(fullInDays(disk, { ...growth, diskBytesPerDay: 0 }), null)
  t.is(fullInDays(disk, { ...growth, diskBytesPerDay: -5 }), null)
  t.is(fullInDays(disk, { ...growth, windowMs: HOUR }), null, 'too short to tell')
  t.is(fullInDays(disk, null), null)
  t.is(fullInDays({ ...disk, freeBytes: 1001 }, growth), 0.1, 'soon is not now')
  t.is(fullInDays({ freeBytes: 10, reserveBytes: 1000 }, null), 0)
})
