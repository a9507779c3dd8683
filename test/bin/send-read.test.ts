import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import { Network } from '../../src/client/roots/network.ts'
import { RoomLink } from '../../src/client/roots/room-link.ts'
import { RootLink } from '../../src/client/roots/root-link.ts'
import { keysOf, parseInvite, parsePeerKey } from '../../src/protocol/protocol.ts'
import { createDht } from '../helpers/dht.ts'
import { chatLogs, readChatLog } from '../helpers/fixtures.ts'
import { runCommand } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'
import { objects, stage } from './stage.ts'

test('lines come out as the bytes that went in', async (t) => {
  const { run, invite, guest } = await stage(t)
  const odd = [
    Buffer.from('plain'),
    Buffer.alloc(0),
    Buffer.from([0xff, 0x00, 0x80, 0x0d]),
    Buffer.from('\x1b[31mGrüße\u2028'),
    Buffer.alloc(128 * 1024, 'x'),
    ...readChatLog(chatLogs[0] ?? ''),
    Buffer.from('the last one, without a newline')
  ]
  const input = Buffer.concat(odd.flatMap((line) => [line, Buffer.from('\n')])).subarray(0, -1)

  const sent = await run(['send', invite], input)
  t.is(sent.code, 0, sent.stderr)
  t.is(sent.stdout.byteLength, 0)
  t.ok(sent.stderr.startsWith(`root-peer: ${odd.length.toLocaleString('en-US')} messages stored`))

  const read = await run(['read', guest])
  t.is(read.code, 0, read.stderr)
  t.ok(read.stdout.equals(Buffer.concat([input, Buffer.from('\n')])), 'equal')
  t.is(read.stderr, `root-peer: ${odd.length.toLocaleString('en-US')} messages\n`)
})

test('with --json, receipts and messages have the fields of the contract', async (t) => {
  const { run, invite, key: root } = await stage(t)
  const [receipt, ...more] = objects((await run(['send', invite, '--json', 'Grüße'])).stdout)
  t.is(more.length, 0)
  t.is(receipt?.['root'], root)
  t.is(receipt?.['index'], 0)
  t.ok(/^[0-9a-f]{64}$/.test(String(receipt?.['id'])))
  for (const name of ['storedAt', 'block']) t.is(typeof receipt?.[name], 'number', name)
  const head = receipt?.['head'] as Record<string, unknown>
  t.alike(Object.keys(head), ['fork', 'length', 'treeHash', 'signature'])

  const receipts = objects((await run(['send', invite, '--json'], 'a\nb\n')).stdout)
  t.alike(
    receipts.map(({ index }) => index),
    [1, 2]
  )

  const messages = objects((await run(['read', invite, '--json'])).stdout)
  t.is(messages.length, 3)
  const [first] = messages
  const fields = 'id cursor index root storedAt sentAt author chain number proven fork late body'
  t.alike(Object.keys(first ?? {}), fields.split(' '))
  t.is(first?.['id'], receipt?.['id'])
  t.is(Buffer.from(String(first?.['body']), 'base64').toString(), 'Grüße')
  t.ok(
    messages.every(({ proven, fork, late }) => proven === true && fork === false && late === false)
  )
})

test('reading begins at a number, after a cursor, or where a profile left off', async (t) => {
  const { run, invite } = await stage(t)
  await run(['send', invite], 'a\nb\nc\nd\n')
  const text = async (...args: string[]): Promise<string> =>
    (await run(['read', invite, ...args])).stdout.toString()

  t.is(await text('--from', '2'), 'c\nd\n')
  const second = objects(Buffer.from(await text('--json')))[1]
  t.is(await text('--from', String(second?.['cursor'])), 'c\nd\n')

  const profile = await tmpFolder(t)
  t.is(await text('--profile', profile), 'a\nb\nc\nd\n')
  t.is(await text('--profile', profile), '')
  await run(['send', invite, 'e'])
  t.is(await text('--profile', profile), 'e\n')
  t.is(await text('--profile', profile, '--from', '3'), 'd\ne\n', '--from wins')

  const wrong = await run(['read', invite, '--from', 'nowhere'])
  t.is(wrong.code, 1)
  t.ok(wrong.stderr.startsWith('root-peer: BAD_CURSOR: '), wrong.stderr)
})

test('a profile is the same author every time, no profile a new one', async (t) => {
  const { run, invite } = await stage(t)
  const profile = await tmpFolder(t)
  await run(['send', invite, 'a', '--profile', profile])
  await run(['send', invite, 'b', '--profile', profile])
  await run(['send', invite, 'c'])
  const messages = objects((await run(['read', invite, '--json'])).stdout)
  const [a, b, c] = messages.map(({ author }) => author)
  t.is(a, b)
  t.not(b, c)
})

test('a line that is too long is named, and those before it are stored', async (t) => {
  const { run, invite } = await stage(t)
  const { code, stderr } = await run(['send', invite], `a\nb\n${'x'.repeat(128 * 1024 + 1)}\nc\n`)
  t.is(code, 1)
  t.ok(stderr.startsWith('root-peer: 2 messages stored'), stderr)
  const sentence = 'line 3 is longer than 131,072 bytes, the most that a message holds'
  t.ok(stderr.endsWith(`\nroot-peer: TOO_LARGE: ${sentence}\n`), stderr)
  t.is((await run(['read', invite])).stdout.toString(), 'a\nb\n')
})

test('a guest cannot send, and a wrong invite opens nothing', async (t) => {
  const { run, guest } = await stage(t)
  const fails = async (args: string[], code: string): Promise<void> => {
    const result = await run([...args, '--json'])
    t.is(result.code, 1)
    t.ok(result.stderr.startsWith(`root-peer: ${code}: `), result.stderr)
    t.is(result.stderr.trimEnd().split('\n').length, 1)
    const error = objects(result.stdout)[0]?.['error'] as { code: string } | undefined
    t.is(error?.code, code)
  }
  await fails(['send', guest, 'hello'], 'LESSER_INVITE')
  await fails(['send', guest.slice(0, 40), 'hello'], 'BAD_INVITE')
  await fails(['read', guest.replace('guest', 'member')], 'BAD_INVITE')
  await fails(['read', 'hello'], 'BAD_INVITE')
  await fails(['read', guest], 'ROOM_UNKNOWN')
})

test('a reader that goes away ends it quietly', async (t) => {
  const { run, invite, args } = await stage(t)
  await run(['send', invite], 'line\n'.repeat(20_000))
  const live = new Live(t, ['read', invite, ...args])
  await live.says(/line/)
  live.child.stdout?.destroy()
  t.is(await live.ended, 0)
  t.is(live.stderr, '')
})

test('following goes on until Ctrl-C', async (t) => {
  const { run, invite, args } = await stage(t)
  await run(['send', invite, 'before'])
  const live = new Live(t, ['read', invite, '--follow', ...args])
  await live.says(/before\n/)
  await run(['send', invite, 'after'])
  await live.says(/after\n/)
  live.signal('SIGINT')
  t.is(await live.ended, 130)
  t.is(live.stdout, 'before\nafter\n')
})

test('what comes in slowly is stored as it comes', async (t) => {
  const { run, invite, args } = await stage(t)
  const live = new Live(t, ['send', invite, '--json', ...args])
  live.write('one\ntw')
  await live.says(/"index":0/)
  t.is((await run(['read', invite])).stdout.toString(), 'one\n')
  live.write('o\n')
  await live.says(/"index":1/)
  live.end()
  t.is(await live.ended, 0)
  t.is((await run(['read', invite])).stdout.toString(), 'one\ntwo\n')
})

test('without a root peer it says that it waits, and Ctrl-C says what is unknown', async (t) => {
  const dht = await createDht(t)
  const invite = (await runCommand(t, ['invite'])).stdout.toString().trim()
  const live = new Live(t, ['send', invite, 'hello', ...dht.args])
  await live.says(/^root-peer: no root peer found by way of 127\.0\.0\.1:\d+ yet; still looking/m)
  live.signal('SIGINT')
  t.is(await live.ended, 130)
  t.ok(/0 messages stored.*; 1 more may or may not be/.test(live.stderr), live.stderr)
})

test('what is interrupted is kept in the profile, and goes first the next time', async (t) => {
  const { run, invite } = await stage(t)
  const profile = ['--profile', await tmpFolder(t)]
  const nowhere = await createDht(t)
  const live = new Live(t, ['send', invite, 'first', ...profile, ...nowhere.args])
  await live.says(/does not answer|no root peer found/)
  live.signal('SIGINT')
  t.is(await live.ended, 130)
  t.ok(/; 1 more in the profile/.test(live.stderr), live.stderr)

  const second = await run(['send', invite, 'second', ...profile])
  t.is(second.code, 0)
  t.ok(/first what an earlier run left: 1 message/.test(second.stderr), second.stderr)
  t.is((await run(['read', invite])).stdout.toString(), 'first\nsecond\n')
})

test('what does not open is said, and hides nothing', async (t) => {
  const { run, invite, key: root, args } = await stage(t)
  await run(['send', invite, 'before'])
  await appendGarbage(t, invite, root, args)
  await run(['send', invite, 'after'])

  const { code, stdout, stderr } = await run(['read', invite])
  t.is(code, 0)
  t.is(stdout.toString(), 'before\nafter\n')
  t.ok(/^root-peer: NOT_OPENED: .*\(message 1 at root peer [a-z0-9]{8}…\)$/m.test(stderr), stderr)
  t.ok(stderr.endsWith('root-peer: 2 messages, 1 that do not open\n'))

  const unreadable = objects((await run(['read', invite, '--json'])).stdout)[1]
  t.alike(Object.keys(unreadable ?? {}), ['index', 'root', 'error'])
  t.is(unreadable?.['index'], 1)
})

/** A member whose program is broken: it appends what nobody can open. */
async function appendGarbage(t: Test, invite: string, root: string, args: string[]): Promise<void> {
  const bootstrap = args.filter((_, i) => args[i - 1] === '--bootstrap')
  const keyPair = (await createDht(t, 1)).createNode().defaultKeyPair
  const network = new Network({ keyPair, bootstrap, host: '127.0.0.1' })
  const link = new RootLink(parsePeerKey(root), network, { agent: 'a test', tickets: [] })
  const room = new RoomLink(link, keysOf(parseInvite(invite)))
  const granted = once(room, 'granted')
  room.start()
  link.start()
  await granted
  const stored = once(room, 'stored')
  room.open?.send.append({ frame: 0, resume: false, payloads: [Buffer.alloc(100, 1)] })
  await stored
  room.close()
  link.close()
  await network.close()
}

test('receipts are good, until somebody touches them', async (t) => {
  const { run, invite, guest } = await stage(t)
  const sent = await run(['send', invite, '--json'], 'one\ntwo\nthree\n')
  const good = await run(['verify-receipt', guest, '--json'], sent.stdout)
  t.is(good.code, 0, good.stderr)
  t.alike(
    objects(good.stdout).map(({ verified, index }) => [verified, index]),
    [0, 1, 2].map((index) => [true, index])
  )
  const touched = sent.stdout.toString().replace('"index":1', '"index":2')
  const bad = await run(['verify-receipt', invite], `${touched}no receipt\n`)
  t.is(bad.code, 1)
  t.alike(bad.stdout.toString().match(/^[A-Za-z_]+/gm), [
    'good',
    'BAD_RECEIPT',
    'good',
    'BAD_RECEIPT'
  ])
})
