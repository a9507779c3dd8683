import test from 'brittle'
import { stage } from './stage.ts'

test('the owner has less kept, then deletes the room; nobody else can, and nobody brings it back', async (t) => {
  const { run: runThere, invite, member } = await stage(t)
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runThere(args)
    return { code, out: stdout.toString().trim(), err: stderr }
  }
  await run('send', member, 'hello')
  const lesser = await run('retain', member, '7')
  t.is(lesser.code, 1)
  t.ok(lesser.err.includes('LESSER_INVITE'))
  t.is((await run('retain', invite, 'soon')).code, 64)
  const { out } = await run('retain', invite, '7', '2GB', '100')
  t.is(out, 'kept: 7 days, 2.0 GB, 100 messages at most')
  const told = JSON.parse((await run('retain', invite, '200', '--json')).out) as {
    retention: unknown
  }
  t.alike(told.retention, { ageMs: 90 * 86_400_000, bytes: 0, messages: 0 }, 'the operator says 90')
  t.is((await run('delete', member)).code, 1)
  t.is((await run('delete', invite)).code, 0)
  const late = await run('send', member, 'too late')
  t.is(late.code, 1)
  t.ok(late.err.includes('ROOM_DELETED'))
})
