import test from 'brittle'
import { faultIn } from '../../../bin/config/json.ts'

function placed(text: string): string {
  const fault = faultIn(text)
  return fault === null ? 'fine' : `${fault.line}:${fault.column} ${fault.what}`
}

test('what JSON.parse takes is fine', async (t) => {
  const texts = [
    '{}',
    ' [ ] ',
    '{"a":{"b":[1,-0,1.5e+3,true,false,null,"x"]},"c":""}',
    '"\\u00e4\\n\\"\\\\"',
    '\r\n\t{ "a" : 1 , "b" : [ { } ] }\n',
    '0'
  ]
  for (const text of texts) {
    await t.execution(() => JSON.parse(text) as unknown)
    t.is(placed(text), 'fine', text)
  }
})

test('what it does not take is told by place', async (t) => {
  const faults: readonly (readonly [string, string])[] = [
    ['', '1:1 expected a value, got the end of the file'],
    ['{', '1:2 expected a name in double quotes, got the end of the file'],
    ['{\n  "port": 1,\n}', '3:1 expected a name in double quotes, got "}"'],
    ["{'a': 1}", `1:2 expected a name in double quotes, got "'"`],
    ['{ // why\n}', '1:3 expected a name in double quotes, got "/"'],
    ['{"a" 1}', '1:6 expected ":", got "1"'],
    ['{"a": 1 "b": 2}', '1:9 expected "," or "}", got "\\""'],
    ['{\n"a": }', '2:6 expected a value, got "}"'],
    ['{"a": yes}', '1:7 expected a value, got "yes"'],
    ['{"a": 01}', '1:7 expected a value, got "01"'],
    ['{"a": .5}', '1:7 expected a value, got ".5"'],
    ['{"a": NaN}', '1:7 expected a value, got "NaN"'],
    ['[1, 2', '1:6 expected "," or "]", got the end of the file'],
    ['{} {}', '1:4 expected nothing more, got "{"'],
    ['{"a": "a\\dir"}', '1:7 this string does not end on its line, or has a "\\" too many in it'],
    ['{"a": "x\n"}', '1:7 this string does not end on its line, or has a "\\" too many in it']
  ]
  for (const [text, expected] of faults) {
    await t.exception.all(() => JSON.parse(text) as unknown, text)
    t.is(placed(text), expected, text)
  }
})

test('what JSON.parse lets pass and nobody can have meant is told too', (t) => {
  t.is(placed('{"a": 1,\n "b": 2, "\\u0061": 3}'), '2:10 "a" is there twice')
  t.ok(placed('['.repeat(100_000)).startsWith('1:34 expected nothing so deep'))
})

test('it never is of another opinion than JSON.parse', (t) => {
  const whole = '{"a": [1, -2.5e-3, true, null, "x\\n\\u00e4"],\n "b": {"c": "ü", "d": []}}'
  const letters = [
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '\n',
    '\t',
    '0',
    '-',
    'e',
    '\x01',
    '\x7f'
  ]
  const differing: string[] = []
  for (let at = 0; at <= whole.length; at++) {
    for (const letter of letters) {
      for (const taken of [0, 1, whole.length]) {
        const text = whole.slice(0, at) + letter + whole.slice(at + taken)
        const fault = faultIn(text)
        if ((fault === null) !== isJson(text) && fault?.what.includes('twice') !== true) {
          differing.push(text)
        }
      }
    }
  }
  t.alike(differing, [])
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
