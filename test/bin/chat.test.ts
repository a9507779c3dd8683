import test from 'brittle'
import { runCommand } from '../helpers/process.ts'
import { Live } from './live.ts'
import { stage } from './stage.ts'

/** Bytes that a test saw, as the text that they are. */
function text(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

test('two talk, and each sees the other, and who is here', async (t) => {
  const { args, invite } = await stage(t)
  const ann = new Live(t, ['chat', invite, ...args])
  await ann.says(/\* nobody else is here now/)
  const ben = new Live(t, ['chat', invite, ...args])
  await ann.says(/\* 2 are here now/)

  ann.write('hello Ben\n')
  await ann.says(/\d\d:\d\d you +hello Ben\n/)
  await ben.says(/\d\d:\d\d [a-z0-9]{8}\S+ hello Ben\n/)
  ben.write('hello Ann\n/who\n')
  await ann.says(/hello Ann\n/)
  await ben.says(/2 who may write, 0 who only read\n\* {3}[a-z0-9]{8}… owner, since \d\d:\d\d/)

  ben.write('/nope\n/help\n//slash\n/quit\n')
  await ben.says(/there is no \/nope/)
  await ann.says(/ \/slash\n/)
  t.is(await ben.ended, 0)
  await ann.says(/nobody else is here now[^]*nobody else is here now/)
  ann.end()
  t.is(await ann.ended, 0)
  t.absent(text(ann.stdout).includes('\x1b'))
})

test('the newest fifty come first, and nothing in them steers the terminal', async (t) => {
  const { args, invite, guest } = await stage(t)
  const lines = Array.from({ length: 70 }, (_, i) => `line ${i}`).join('\n')
  await runCommand(t, ['send', invite, ...args], { stdin: lines })
  await runCommand(t, ['send', invite, '\x1b]0;title\x07\x9b31m\rover', ...args])

  const { code, stdout } = await runCommand(t, ['chat', guest, ...args])
  t.is(code, 0)
  const shown = stdout.toString()
  t.absent(shown.includes('line 20\n'))
  for (let i = 21; i < 70; i++) t.ok(shown.includes(`line ${i}\n`), `line ${i}`)
  t.ok(shown.includes('␛]0;title␇\ufffd31m␍over\n'))
})

test('a guest may look on, and is told why it may not talk', async (t) => {
  const { args, invite, guest } = await stage(t)
  const live = new Live(t, ['chat', guest, ...args])
  await live.says(/you may only read/)
  await live.says(/ROOM_UNKNOWN/)
  live.write('hello\n')
  await live.says(/this needs a member invite/)
  await runCommand(t, ['send', invite, 'now there is a room', ...args])
  await live.says(/now there is a room\n/)
  live.signal('SIGINT')
  t.is(await live.ended, 0)
})

test('a pipe is sent whole before it leaves', async (t) => {
  const { args, invite } = await stage(t)
  const { code } = await runCommand(t, ['chat', invite, ...args], { stdin: 'a\n\nb\nc' })
  t.is(code, 0)
  const { stdout } = await runCommand(t, ['read', invite, ...args])
  t.is(stdout.toString(), 'a\nb\nc\n', 'an empty line is no message here')
})
