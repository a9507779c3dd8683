import test from 'brittle'
import { keysOf, parseInvite } from '../../src/protocol/protocol.ts'
import { runCommand } from '../helpers/process.ts'

const ROOT = '00'.repeat(32)

test('a greater invite makes a lesser one, of the same room and with the same roots', async (t) => {
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(t, ['invite', ...args])
    t.is(code, 0)
    t.is(stderr, '')
    const text = stdout.toString()
    t.ok(/^rp-[a-z]+-[a-z0-9]+\n$/.test(text), 'one line')
    return text.trim()
  }
  const owner = await run('--root', ROOT)
  const member = await run('--member', owner)
  const guest = await run('--guest', member)
  t.is(await run('--guest', owner), guest, 'whichever it comes from')
  t.is(await run('--member', member), member)

  const parsed = [owner, member, guest].map(parseInvite)
  t.alike(
    parsed.map(({ kind }) => kind),
    ['owner', 'member', 'guest']
  )
  const ids = parsed.map((invite) => Buffer.from(keysOf(invite).id).toString('hex'))
  t.is(new Set(ids).size, 1)
  for (const { roots } of parsed) t.is(roots.length, 1)
  t.not(await run(), await run(), 'every room is another')
})

test('a lesser, wrong or damaged invite is one sentence', async (t) => {
  const owner = (await runCommand(t, ['invite'])).stdout.toString().trim()
  const guest = (await runCommand(t, ['invite', '--guest', owner])).stdout.toString().trim()
  const fails = async (args: string[], exit: number, message: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await runCommand(t, ['invite', ...args])
    t.is(code, exit, message.source)
    t.ok(message.test(stderr) && stderr.trimEnd().split('\n').length === 1, stderr)
    t.is(stdout.byteLength, 0)
  }
  await fails(['--member', guest], 1, /^root-peer: LESSER_INVITE: /)
  await fails(['--member', owner.slice(0, -1)], 1, /^root-peer: BAD_INVITE: /)
  await fails(['--member', 'hello'], 1, /^root-peer: BAD_INVITE: /)
  await fails(['--member', owner, '--guest', owner], 64, /^root-peer: USAGE: /)
  await fails(['--root', 'hello'], 1, /^root-peer: BAD_KEY: /)
  await fails(Array.from({ length: 9 }, () => ['--root', ROOT]).flat(), 64, /at most 8/)
})

test('--json says what it is', async (t) => {
  const { stdout } = await runCommand(t, ['invite', '--json', '--root', ROOT])
  const { invite, kind, room, roots } = JSON.parse(stdout.toString()) as Record<string, unknown>
  t.is(kind, 'owner')
  t.ok(String(invite).startsWith('rp-owner-'))
  t.ok(/^[a-z0-9]{52}$/.test(String(room)))
  t.alike(roots, ['y'.repeat(52)])
})
