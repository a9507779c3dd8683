import test from 'brittle'
import { besiegeClient, clientStood, printClientSiege } from './client-siege.ts'

const frames = 2000

test('clients of a root that forges frames live and say so', { timeout: 120_000 }, async (t) => {
  const figures = await besiegeClient({ frames })
  t.comment(printClientSiege(figures))
  t.ok(clientStood(figures), printClientSiege(figures))
  t.ok(figures.frames >= frames)
  t.ok(figures.errors > 0, 'some of it was noticed')
})
