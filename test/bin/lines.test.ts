import test from 'brittle'
import { splitLines } from '../../bin/lines.ts'

async function* chunks(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

async function lines(...texts: (string | Uint8Array)[]): Promise<string[]> {
  const all: string[] = []
  for await (const some of splitLines(chunks(...texts), 100)) {
    for (const line of some) all.push(Buffer.from(line).toString('latin1'))
  }
  return all
}

test('lines are split at newlines and nowhere else', async (t) => {
  t.alike(await lines('a\nb\r\n\n\tc \u2028'), ['a', 'b\r', '', '\tc \xe2\x80\xa8'])
  t.alike(await lines(new Uint8Array([0xff, 0, 10, 0xc3, 10])), ['\xff\0', '\xc3'])
})

test('a last line without a newline counts, an empty rest does not', async (t) => {
  t.alike(await lines('a\nb'), ['a', 'b'])
  t.alike(await lines('a\n'), ['a'])
  t.alike(await lines('\n'), [''])
  t.alike(await lines(), [])
})

test('a line is whole however its bytes come in', async (t) => {
  const text = 'one\ntwo words\n\nthree'
  for (let at = 0; at <= text.length; at++) {
    t.alike(await lines(text.slice(0, at), text.slice(at)), ['one', 'two words', '', 'three'])
  }
  t.alike(await lines(...text.split('')), ['one', 'two words', '', 'three'])
})

test('a line that is too long ends it, after those before it', async (t) => {
  const seen: string[] = []
  const read = async (): Promise<void> => {
    const input = chunks('a\nb\n', 'c'.repeat(60), 'c'.repeat(60), 'c'.repeat(1e6))
    for await (const some of splitLines(input, 100)) seen.push(...some.map(String))
  }
  await t.exception(read, { code: 'TOO_LARGE', message: /line 3 is longer than 100 bytes/ })
  t.is(seen.length, 2)
  t.alike(await lines('x'.repeat(100) + '\n'), ['x'.repeat(100)], 'the bound itself is allowed')
})
