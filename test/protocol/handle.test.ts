import test from 'brittle'
import { handleTopicOf, parseHandle } from '../../src/protocol/handle.ts'
import { codeOf, readable } from './fixtures.ts'
import { handle } from './golden.ts'

test('a handle has one form, and what follows from it never changes', (t) => {
  const ann = parseHandle('ann@example.org')
  t.alike(readable(ann), handle)
  t.alike(handleTopicOf(ann.hash), ann.topic)
  for (const written of [
    'Ann@Example.org',
    ' ann@example.org\n',
    'ANN@EXAMPLE.ORG',
    'ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ' // full width
  ]) {
    t.alike(readable(parseHandle(written)), readable(ann), JSON.stringify(written))
  }
  t.alike(parseHandle('jose\u{301}').hash, parseHandle('JOS\u{c9}').hash, 'composed or not')
  t.alike(parseHandle('\u{212b}sa').name, '\u{e5}sa', 'the sign of a unit is its letter')
})

test('its form is its own form', (t) => {
  for (const written of ['\u{130}', '\u{1e9e}', '\u{3a3}\u{3a3}', '\u{fb01}x', '\u{1c5}']) {
    const { name } = parseHandle(written)
    t.is(parseHandle(name).name, name, JSON.stringify(written))
  }
})

test('hash, topic and key say nothing of each other', (t) => {
  const { hash, topic, key } = parseHandle('ann@example.org')
  const all = [hash, topic, key].map((bytes) => JSON.stringify(readable(bytes)))
  t.is(new Set(all).size, 3)
})

test('what is no handle is refused', (t) => {
  const cases: [what: string, written: string][] = [
    ['nothing', ''],
    ['white space', ' \t\n'],
    ['a space in it', 'ann b'],
    ['a line in it', 'ann\nb'],
    ['a letter that is not seen', 'ann\u{200b}'],
    ['a mark that turns the text round', '\u{202e}ann'],
    ['a control character', 'ann\u{0}'],
    ['half a letter', 'ann\u{d800}'],
    ['255 bytes', 'a'.repeat(255)],
    ['254 letters of two bytes', '\u{e9}'.repeat(254)],
    ['what grows beyond it', '\u{fdfa}'.repeat(100)],
    ['10 KB', 'a'.repeat(10_240)],
    ['10 MB', 'a'.repeat(10_485_760)]
  ]
  for (const [what, written] of cases)
    t.is(
      codeOf(() => parseHandle(written)),
      'BAD_HANDLE',
      what
    )
  t.is(parseHandle('a'.repeat(254)).name.length, 254, 'as long as an address may be')
})
