// What an app can do wrong, to a worklet in a process of its own: each mistake is answered or told with a
// code, and the worklet lives and serves on.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import { COMMANDS } from '../../src/worklet/app.ts'
import type { RootPeerError } from '../../src/worklet/app.ts'
import { workletLimits } from '../../src/worklet/limits.ts'
import { createDht } from '../helpers/dht.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createStage, RawApp, seedOf, startWorkletProcess, TestApp } from './helpers.ts'
import type { WorkletProcess } from './helpers.ts'

const roomKey = 'ab'.repeat(32)

test('bytes that are no frame are told, and the next frame is heard', async (t) => {
  const worklet = await startLonely(t)
  const app = await TestApp.connect(t, worklet)
  await app.event('ready')

  app.socket.write(frame([9, 1, 2, 3, 4]))
  t.is((await app.events('error', 1))[0]?.code, 'BAD_IPC', 'a kind of message that there is not')
  app.socket.write(frame([]))
  t.is((await app.events('error', 2))[1]?.code, 'BAD_IPC', 'an empty frame')
  app.socket.write(frame([1, 7, 3, 1]))
  t.is((await app.events('error', 3))[2]?.code, 'BAD_IPC', 'a request that is a stream')
  app.socket.write('{"what":"is this?"}\n')
  t.is((await app.events('error', 4))[3]?.code, 'BAD_IPC', 'no frame at all')
  t.is((await app.getKeys()).publicKey.length, 64)
  t.is(worklet.stderr(), '')
})

test('a frame over the bound is skipped and answered', async (t) => {
  const worklet = await startLonely(t)
  const app = await TestApp.connect(t, worklet)
  const text = 'x'.repeat(workletLimits.frameBytesMax)
  const asked = app.send('r', text)
  const next = app.getKeys()
  await t.exception(asked, { code: 'TOO_LARGE' })
  t.is((await next).publicKey.length, 64, 'what stood right behind it was heard')
  t.is((await app.event('error')).code, 'TOO_LARGE')

  const event = Buffer.alloc(workletLimits.frameBytesMax + 8)
  event.writeUInt32LE(event.byteLength - 4)
  app.socket.write(event)
  await app.events('error', 2)
  t.is((await app.getKeys()).publicKey.length, 64)
})

test('commands and fields that are none are answered with a code', async (t) => {
  const worklet = await startLonely(t)
  const app = await RawApp.connect(t, worklet)
  const codeOf = async (command: number, data: string): Promise<unknown> => {
    const { success, code, error } = (await app.ask(command, data)) as Record<string, unknown>
    t.is(success, false)
    t.is(typeof error, 'string')
    return code
  }
  t.is(await codeOf(99, ''), 'UNKNOWN_COMMAND')
  t.is(await codeOf(8, '{}'), 'UNKNOWN_COMMAND')
  t.is(await codeOf(COMMANDS.join, '{"roomKey":'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.join, '[]'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.join, '{}'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.join, '{"roomKey":7}'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.join, '{"roomKey":"abc"}'), 'BAD_KEY')
  t.is(await codeOf(COMMANDS.join, '{"invite":"rp-member-x"}'), 'BAD_INVITE')
  t.is(await codeOf(COMMANDS.send, '{"roomTopic":"r","message":"m"}'), 'NOT_JOINED')
  t.is(await codeOf(COMMANDS.sync, '{"roomTopic":"r"}'), 'NOT_JOINED')
  await app.ask(COMMANDS.join, JSON.stringify({ roomTopic: 'r', roomKey }))
  const other = JSON.stringify({ roomTopic: 'r', roomKey: roomKey.replace('a', 'b') })
  t.is(await codeOf(COMMANDS.join, other), 'BAD_REQUEST', 'a name that is taken')
  t.is(await codeOf(COMMANDS.createRoom, '{"roomTopic":"r"}'), 'BAD_REQUEST', 'for a new one too')
  t.is(await codeOf(COMMANDS.createRoom, '{"roomTopic":7}'), 'BAD_REQUEST')
  const deep = `{"roomTopic":"r","message":${'['.repeat(5000)}${']'.repeat(5000)}}`
  t.is(await codeOf(COMMANDS.send, deep), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.send, '{"roomTopic":"r","message":7}'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.send, '{"roomTopic":"r"}'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.sync, '{"roomTopic":"r","lastIndex":-1}'), 'BAD_REQUEST')
  t.is(await codeOf(COMMANDS.sync, '{"roomTopic":"r","cursor":"zz"}'), 'BAD_CURSOR')
  t.is(await codeOf(COMMANDS.receipt, '{"roomTopic":"r","ids":["x"]}'), 'BAD_REQUEST')
  const long = JSON.stringify({ roomTopic: 'r', message: 'x'.repeat(200_000) })
  t.is(await codeOf(COMMANDS.send, long), 'TOO_LARGE')
  t.alike(await app.ask(COMMANDS.leave, '{"roomTopic":"r"}'), { success: true })
  t.alike(await app.ask(COMMANDS.leave, '{"roomTopic":"r"}'), { success: true }, 'twice')
})

test('an app that dies in the middle of a frame leaves a worklet that serves the next', async (t) => {
  const { settings } = await createStage(t)
  const worklet = await startWorkletProcess(t, [seedOf(1), '', settings])
  const first = await TestApp.connect(t, worklet)
  await first.join({ roomTopic: 'r', roomKey })
  await first.send('r', 'before')
  first.socket.write(frame(Array.from({ length: 50 }, () => 1)).subarray(0, 20))
  first.socket.destroy()
  await once(first.socket, 'close')

  const second = await TestApp.connect(t, worklet)
  t.is((await second.event('ready')).publicKey.length, 64)
  t.is((await second.event('peerConnected')).isRootPeer, true, 'told who is there')
  t.is((await second.join({ roomTopic: 'r', roomKey })).alreadyJoined, true)
  await second.sync('r')
  t.is((await second.event('message')).message, 'before')
  t.absent(worklet.gone())
})

test('start arguments that are wrong are told, and answered', async (t) => {
  const worklet = await startWorkletProcess(t, ['no seed'])
  const app = await TestApp.connect(t, worklet)
  const told = await app.event('error')
  t.is(told.code, 'BAD_KEY')
  t.is(told.context, 'start')
  await t.exception(app.getKeys(), { code: 'BAD_KEY' })
  t.absent(worklet.gone())

  const other = await startWorkletProcess(t, [seedOf(1), '', '{"roots":["x"]}'])
  t.is((await (await TestApp.connect(t, other)).event('error')).code, 'BAD_KEY')
})

test('a profile that is in use is told; once it is free, the next command opens it', async (t) => {
  const settings = lonely((await createDht(t)).bootstrap)
  const profile = await tmpFolder(t)
  const first = await startWorkletProcess(t, [seedOf(1), profile, settings])
  await (await TestApp.connect(t, first)).event('ready')

  const second = await startWorkletProcess(t, [seedOf(1), profile, settings])
  const app = await TestApp.connect(t, second)
  t.is((await app.event('error')).code, 'PROFILE_LOCKED')
  await t.exception(app.getKeys(), { code: 'PROFILE_LOCKED' })

  await first.kill()
  t.is((await app.getKeys()).publicKey, (await app.event('ready')).publicKey)
})

test('an app that takes nothing for a while gets each message once, in order', async (t) => {
  const { settings } = await createStage(t)
  const count = 1500
  const text = 'x'.repeat(4000)
  const ann = await TestApp.connect(t, await startWorkletProcess(t, [seedOf(1), '', settings]))
  const bob = await TestApp.connect(t, await startWorkletProcess(t, [seedOf(2), '', settings]))
  await bob.join({ roomTopic: 'r', roomKey })
  bob.socket.pause()
  await ann.join({ roomTopic: 'r', roomKey })
  await Promise.all(Array.from({ length: count }, (_, n) => ann.send('r', { n, text })))
  bob.socket.resume()
  const numbers = (await bob.events('message', count)).map(
    ({ message }) => (message as { n: number }).n
  )
  t.alike(
    numbers,
    Array.from({ length: count }, (_, n) => n)
  )
})

test('two rooms that want one name at the same time: one gets it, the other is told', async (t) => {
  const app = await TestApp.connect(t, await startLonely(t))
  await app.event('ready')
  const keys = ['1', '2', '3'].map((digit) => digit.repeat(64))
  const asked = keys.map((key) =>
    app.join({ roomTopic: 'r', roomKey: key }).then(
      () => 'joined',
      (err: RootPeerError) => err.code
    )
  )
  t.alike((await Promise.all(asked)).sort(), ['BAD_REQUEST', 'BAD_REQUEST', 'joined'])
  t.is((await app.status()).rooms.length, 1)
})

test('an app that asks a lot before it listens gets every answer', async (t) => {
  const worklet = await startLonely(t)
  const app = await TestApp.connect(t, worklet)
  await app.event('ready')
  app.socket.pause()
  const count = 40_000
  const asked = Array.from({ length: count }, () => app.getKeys())
  app.socket.resume()
  const answered = await Promise.all(asked)
  t.is(answered.length, count)
  t.is(worklet.stderr(), '')
})

test('a worklet that goes, and a listener that throws, are told to the app', async (t) => {
  const worklet = await startLonely(t)
  const app = await TestApp.connect(t, worklet)
  await app.event('ready')
  const thrown = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  app.on('error', () => {
    throw new Error('a mistake of the app')
  })
  app.socket.write(frame([]))
  t.is((await thrown).message, 'a mistake of the app')
  t.is((await app.getKeys()).publicKey.length, 64, 'the pipe is still there')

  const asked = t.exception(app.createRoom(), { code: 'CLOSED' })
  await worklet.kill()
  await asked
  await t.exception(app.getKeys(), { code: 'CLOSED' })
})

/** With a DHT on which there is nobody else. */
async function startLonely(t: Test): Promise<WorkletProcess> {
  return startWorkletProcess(t, [seedOf(1), '', lonely((await createDht(t)).bootstrap)])
}

function lonely(bootstrap: readonly string[]): string {
  return JSON.stringify({ bootstrap, host: '127.0.0.1' })
}

function frame(bytes: readonly number[]): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, Buffer.from(bytes)])
}
