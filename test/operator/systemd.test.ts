import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import test from 'brittle'
import pino from 'pino'
import { Health } from '../../src/operator/health.ts'
import { Systemd } from '../../src/operator/systemd.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createDht } from '../helpers/dht.ts'
import { NotifySocket, whyNot } from './notify-socket.ts'

const reason = whyNot()
if (reason !== null) console.log(`# systemd is not spoken with here: ${reason}`)
const skip = reason !== null

const clock = (): number => performance.now()

/** A log, and what was logged. */
function listeningLog(): { log: pino.Logger; lines: string[] } {
  const lines: string[] = []
  return { lines, log: pino({ level: 'info' }, { write: (line) => void lines.push(line) }) }
}

test('ready, status, stopping are said in order, and no status is lost', { skip }, async (t) => {
  const socket = await NotifySocket.listen(t)
  const { log, lines } = listeningLog()
  const complaint = (): Promise<null> => Promise.resolve(null)
  const systemd = new Systemd({ env: socket.env, watchdogMs: null, log, complaint })
  systemd.status('one')
  systemd.ready()
  await socket.says('STATUS=one')
  systemd.status('two')
  systemd.status('three')
  await socket.says('STATUS=three')
  systemd.reloading()
  systemd.reloaded()
  systemd.stopping()
  await systemd.close()
  await socket.says('STOPPING=1')
  t.is(socket.count('STATUS=two'), 0, 'a later one took its place')
  t.is(socket.count(/^WATCHDOG/), 0, 'nobody waits for a sign of life')
  const order = socket.heard.filter((said) => !/^(STATUS|MONOTONIC)/.test(said))
  t.alike(order, ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'])
  t.is(socket.count(/^MONOTONIC_USEC=\d+$/), 1)
  t.alike(lines, [])
})

test('signs of life go on, and end when the store no longer answers', { skip }, async (t) => {
  const socket = await NotifySocket.listen(t)
  const { log, lines } = listeningLog()
  let probe = (): Promise<void> => Promise.resolve()
  const health = new Health({ probe: () => probe(), now: clock })
  const watchdogMs = 600
  const systemd = new Systemd({
    env: socket.env,
    watchdogMs,
    log,
    complaint: (ms) => health.complaint(ms)
  })
  t.teardown(() => systemd.close())
  systemd.ready()
  await socket.says('WATCHDOG=1', 4)

  let answer = (): void => {}
  probe = () => new Promise((resolve) => (answer = resolve))
  await wait(watchdogMs) // for the last one that was on its way
  const before = socket.count('WATCHDOG=1')
  await wait(2 * watchdogMs)
  t.is(socket.count('WATCHDOG=1'), before, 'a store that hangs is not alive')
  t.ok(lines.some((line) => line.includes('the store has not answered')))

  probe = () => Promise.resolve()
  answer()
  await socket.says('WATCHDOG=1', before + 2)
  t.pass('and it is again when it answers')

  probe = () => Promise.reject(new Error('the disk is gone'))
  await wait(watchdogMs)
  const then = socket.count('WATCHDOG=1')
  await wait(2 * watchdogMs)
  t.is(socket.count('WATCHDOG=1'), then, 'nor is one that fails')
  t.ok(lines.some((line) => line.includes('the disk is gone')))
})

test('without systemd-notify it says so once and goes on', async (t) => {
  const { log, lines } = listeningLog()
  const env = { NOTIFY_SOCKET: '/nowhere', PATH: await tmpFolder(t) }
  const complaint = (): Promise<null> => Promise.resolve(null)
  const systemd = new Systemd({ env, watchdogMs: 60_000, log, complaint })
  systemd.ready()
  systemd.stopping()
  await systemd.close()
  t.is(lines.length, 1)
  t.ok(lines[0]?.includes('systemd-notify is not installed'))
})

test('a systemd-notify that cannot be run ends nothing', async (t) => {
  const { log, lines } = listeningLog()
  const folder = await tmpFolder(t)
  // Of this reason, as of too little memory, Node tells by an exception.
  symlinkSync('systemd-notify', path.join(folder, 'systemd-notify'))
  const complaint = (): Promise<null> => Promise.resolve(null)
  const env = { NOTIFY_SOCKET: '/nowhere', PATH: folder }
  const systemd = new Systemd({ env, watchdogMs: null, log, complaint })
  systemd.ready()
  systemd.stopping()
  await systemd.close()
  t.is(lines.filter((line) => line.includes('ELOOP')).length, 2, 'and it is tried again')
})

test('the daemon: ready, status, alive, reloading, stopping', { skip }, async (t) => {
  const socket = await NotifySocket.listen(t)
  const dht = await createDht(t)
  const root = await startDaemon(t, [...dht.args, '--storage', await tmpFolder(t)], {
    env: { ...socket.env, WATCHDOG_USEC: '1500000' }
  })
  await socket.says('READY=1')
  await socket.says(/^STATUS=0 rooms, 0 messages/)
  await socket.says('WATCHDOG=1', 3)
  t.ok(socket.heard.indexOf('READY=1') < socket.heard.indexOf('WATCHDOG=1'), 'ready first')

  process.kill(root.pid, 'SIGHUP')
  await socket.says('RELOADING=1')
  await socket.says('READY=1', 2)

  process.kill(root.pid, 'SIGSTOP') // as if its event loop were blocked
  await wait(700) // for what was on its way
  const before = socket.count('WATCHDOG=1')
  await wait(2000)
  t.is(socket.count('WATCHDOG=1'), before, 'no sign of life')
  process.kill(root.pid, 'SIGCONT')
  await socket.says('WATCHDOG=1', before + 1)

  t.is((await root.kill('SIGTERM')).code, 0)
  await socket.says('STOPPING=1')
})

test('somebody else is watched, so no sign of life is given', { skip }, async (t) => {
  const socket = await NotifySocket.listen(t)
  const root = await startDaemon(t, ['--local', '--storage', await tmpFolder(t)], {
    env: { ...socket.env, WATCHDOG_USEC: '300000', WATCHDOG_PID: '1' }
  })
  await socket.says('READY=1')
  t.is((await root.kill('SIGTERM')).code, 0)
  await socket.says('STOPPING=1')
  t.is(socket.count('WATCHDOG=1'), 0)
})
