import b4a from 'b4a'
import test from 'brittle'
import { fromBody, isShallow, toBody } from '../../src/worklet/body.ts'
import { workletLimits } from '../../src/worklet/limits.ts'

test('whatever an app sends comes out as it was', (t) => {
  const messages = [
    'text',
    '',
    '{',
    '{"a":1}',
    '{"encrypted":true,"message":"m"}',
    '{"encrypted":false,"message":"m"}',
    'U2FsdGVkX1+abc=',
    'naïve ☃',
    {},
    { text: 'hi' },
    { encrypted: true, message: 'm' },
    { encrypted: false, message: { deep: [1, null] } },
    { encrypted: 'no', message: 1 },
    { encrypted: true, message: null },
    { encrypted: true, message: 'm', more: 1 },
    ['a', 1]
  ]
  for (const message of messages) {
    for (const encrypted of [false, true]) {
      t.alike(fromBody(toBody({ message, encrypted })), { message, encrypted })
    }
  }
})

test('text and objects travel as they are, for other clients to read', (t) => {
  t.is(b4a.toString(toBody({ message: 'hi', encrypted: false })), 'hi')
  t.is(b4a.toString(toBody({ message: { a: 1 }, encrypted: false })), '{"a":1}')
})

test('bytes that are no text are text all the same', (t) => {
  const { message, encrypted } = fromBody(b4a.from([0xff, 0xfe]))
  t.is(typeof message, 'string')
  t.is(encrypted, false)
})

test('what is nested too deeply for the app is text to it', (t) => {
  const { messageDepthMax } = workletLimits
  const nested = (levels: number): string =>
    `{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)}}`
  for (const levels of [messageDepthMax + 2, 60_000]) {
    t.is(fromBody(b4a.from(nested(levels))).message, nested(levels), `${levels} levels`)
  }
  for (const encrypted of [false, true]) {
    const message: unknown = JSON.parse(nested(messageDepthMax))
    t.ok(isShallow(message))
    const back = fromBody(toBody({ message, encrypted }))
    t.is(JSON.stringify(back), JSON.stringify({ message, encrypted }))
  }
  t.absent(isShallow(JSON.parse(nested(messageDepthMax + 1))))
})
