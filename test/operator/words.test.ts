import test from 'brittle'
import { bytesText, count, rateText, short, uptimeText } from '../../src/operator/words.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test('uptime is said as people say it', (t) => {
  t.is(uptimeText(0), '0 seconds')
  t.is(uptimeText(-5), '0 seconds', 'a clock that jumped back')
  t.is(uptimeText(SECOND), '1 second')
  t.is(uptimeText(59.9 * SECOND), '59 seconds')
  t.is(uptimeText(MINUTE), '1 minute')
  t.is(uptimeText(61 * SECOND), '1 minute 1 second')
  t.is(uptimeText(HOUR + 5 * SECOND), '1 hour', 'not by the second')
  t.is(uptimeText(3 * DAY + 4 * HOUR + 59 * MINUTE), '3 days 4 hours')
  t.is(uptimeText(400 * DAY), '400 days')
})

test('numbers and keys', (t) => {
  t.is(count(1, 'room'), '1 room')
  t.is(count(12_345, 'message'), '12,345 messages')
  t.is(bytesText(999), '999 B')
  t.is(bytesText(110_300), '110.3 kB')
  t.is(bytesText(5e16), '50000.0 TB')
  t.alike([0, 0.001, 0.05, 4.25, 1250.4].map(rateText), ['0', '<0.01', '0.05', '4.3', '1,250'])
  t.is(short('y'.repeat(52)), 'yyyyyyyy…')
})
