import test from 'brittle'
import { wireLimits } from '../../src/protocol/limits.ts'
import { weigh, Window } from '../../src/protocol/window.ts'
import { filled } from './fixtures.ts'

test('a frame weighs its payloads and 64 bytes for each', (t) => {
  t.is(weigh([]), 0)
  t.is(weigh([filled(0, 0)]), 64)
  t.is(weigh([filled(10, 0), filled(5, 0)]), 2 * 64 + 15)
})

test('a window takes what fits, to the last byte, and takes nothing of what does not', (t) => {
  const window = new Window(100)
  t.ok(window.take(60))
  t.absent(window.take(41))
  t.is(window.bytes, 60)
  t.ok(window.take(40))
  t.absent(window.take(1))
  window.release(60)
  t.is(window.bytes, 40)
  t.ok(window.take(60))
})

test('the greatest frame fits the window', (t) => {
  const { frameBytesMax, frameMessagesMax, messageOverheadBytes } = wireLimits
  const window = new Window()
  t.is(window.bytesMax, wireLimits.windowBytes)
  t.ok(window.take(frameBytesMax + frameMessagesMax * messageOverheadBytes))
})
