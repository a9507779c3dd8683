import test from 'brittle'
import { Patience } from '../../src/worklet/patience.ts'
import { readSettings } from '../../src/worklet/settings.ts'

const seed = 'ab'.repeat(32)

test('a seed is enough; a folder and settings may follow', (t) => {
  const alone = readSettings([seed])
  t.is(alone.seed.byteLength, 32)
  t.is(alone.client.profile, undefined)
  const { client } = readSettings([seed, '/profile', '{"roots":["k"],"direct":false}'])
  t.is(client.profile, '/profile')
  t.alike(client.roots, ['k'])
  t.is(client.direct, false)
  t.is('announce' in client, false, 'what is not given is the default')
})

test('what is wrong with them is said', (t) => {
  const codeOf = (...args: string[]): unknown => {
    try {
      readSettings(args)
      return null
    } catch (err) {
      return (err as { code: string }).code
    }
  }
  t.is(codeOf(), 'BAD_KEY')
  t.is(codeOf(seed.slice(1)), 'BAD_KEY')
  t.is(codeOf(seed, '', 'x'), 'BAD_REQUEST')
  t.is(codeOf(seed, '', '{"roots":"k"}'), 'BAD_REQUEST')
  t.is(codeOf(seed, '', '{"direct":"no"}'), 'BAD_REQUEST')
})

test('patience ends by the work, by time, and all at once', async (t) => {
  const patience = new Patience()
  const never = new Promise<string>(() => {})
  t.is(await patience.wait(Promise.resolve('done'), 60_000), 'done')
  t.is(await patience.wait(never, 1), null)
  await t.exception(patience.wait(Promise.reject(new Error('no')), 60_000), /no/)
  const waiting = [patience.wait(never, 60_000), patience.wait(never, 60_000)]
  patience.end()
  t.alike(await Promise.all(waiting), [null, null])
})
