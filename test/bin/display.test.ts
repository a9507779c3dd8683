import test from 'brittle'
import { bytesText, count, durationText, short, visible, visibleBytes } from '../../bin/display.ts'

test('nothing that others write can steer a terminal', (t) => {
  t.is(visible('\x1b[31mred\x1b]0;title\x07'), '␛[31mred␛]0;title␇')
  t.is(visible('over\rwritten\nline\b\x7f'), 'over␍written␊line␈␡')
  t.is(
    visible('\x9b31m \u202egnp.exe \u2066x\u2069 \u2028'),
    '\ufffd31m \ufffdgnp.exe \ufffdx\ufffd \ufffd'
  )
  for (let code = 0; code < 0x100; code++) {
    const letter = String.fromCharCode(code)
    const steers = (code < 0x20 && code !== 9) || (code >= 0x7f && code < 0xa0)
    t.is(visible(letter) !== letter, steers, `0x${code.toString(16)}`)
  }
})

test('what is to be read stays as it is', (t) => {
  const text = 'tab\there, Grüße, 你好, 👩‍👩‍👧, עברית'
  t.is(visible(text), text)
  t.is(visibleBytes(Buffer.from(text)), text)
})

test('bytes that are no text are shown as such', (t) => {
  t.is(visibleBytes(new Uint8Array([0x61, 0xff, 0x1b, 0xc3])), 'a\ufffd␛\ufffd')
})

test('numbers are for people', (t) => {
  t.is(count(1, 'line'), '1 line')
  t.is(count(12345, 'line'), '12,345 lines')
  t.is(bytesText(999), '999 B')
  t.is(bytesText(1000), '1.0 kB')
  t.is(bytesText(110_300_000), '110.3 MB')
  t.is(durationText(340.4), '340 ms')
  t.is(durationText(2100), '2.1 s')
  t.is(short('cjqhj9ss1apt51wwgqb9'), 'cjqhj9ss…')
})
