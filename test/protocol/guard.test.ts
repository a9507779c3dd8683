import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import SecretStream from '@hyperswarm/secret-stream'
import Protomux from 'protomux'
import { bytes, encode, text, uint } from '../../src/protocol/codec.ts'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import { guard } from '../../src/protocol/guard.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { filled, fromHex } from './fixtures.ts'

interface Side {
  /** The stranger's stream, to write any bytes to. */
  stranger: SecretStream
  /** Our mux, guarded. */
  mux: Protomux
  /** The error that our side was told of. */
  violation: Promise<RootPeerError>
  strays: () => number
}

async function connect(t: Test): Promise<Side> {
  const stranger = new SecretStream(true)
  const ours = new SecretStream(false)
  stranger.rawStream.pipe(ours.rawStream).pipe(stranger.rawStream)
  stranger.on('error', () => {})
  t.teardown(() => [stranger, ours].forEach((stream) => stream.destroy()))
  const mux = new Protomux(ours)
  let strays = 0
  const violation = new Promise<RootPeerError>((resolve) => {
    guard(mux, {
      violated: resolve,
      strayed: () => strays++,
      receiving: () => {},
      uncorked: () => {}
    })
  })
  await Promise.all([stranger.opened, ours.opened])
  return { stranger, mux, violation, strays: () => strays }
}

const BATCH = 0
const OPEN = 1
/** A frame to the mux itself. */
const control = (type: number, ...parts: Uint8Array[]) =>
  b4a.concat([Uint8Array.of(0, type), ...parts])

function nested(depth: number): Uint8Array {
  let batch: Uint8Array = Uint8Array.of(0)
  for (let i = 0; i < depth; i++) {
    const inner = b4a.concat([Uint8Array.of(BATCH), batch])
    batch = b4a.concat([Uint8Array.of(0), encode(uint, inner.byteLength), inner])
  }
  return control(BATCH, batch)
}

function opening(id: number, handshake: Uint8Array = filled(0, 0)): Uint8Array {
  const name = encode(text(64), `nobody/${id}`)
  return control(OPEN, encode(uint, id), name, encode(bytes(0), filled(0, 0)), handshake)
}

const violations: [string, string, () => Uint8Array][] = [
  ['a batch in a batch', 'BAD_FRAME', () => nested(1)],
  ['a tower of batches that would overflow the stack', 'BAD_FRAME', () => nested(4000)],
  ['a number cut short', 'BAD_FRAME', () => fromHex('fd')],
  ['an open cut short', 'BAD_FRAME', () => control(OPEN)],
  ['an open of many bytes', 'BAD_FRAME', () => opening(1, filled(wireLimits.openBytesMax, 1))]
]

for (const [what, code, frame] of violations) {
  test(`${what} is told as ${code}, once, and nothing is decoded any more`, async (t) => {
    const { stranger, violation, strays } = await connect(t)
    stranger.write(frame())
    stranger.write(opening(1))
    stranger.write(frame())
    t.is((await violation).code, code)
    await new Promise(setImmediate)
    t.is(strays(), 0)
  })
}

test('opens that nobody serves are counted, and bounded', async (t) => {
  const { stranger, violation, strays } = await connect(t)
  for (let id = 1; id <= wireLimits.channelsMax + 2; id++) stranger.write(opening(id))
  t.is((await violation).code, 'TOO_MANY')
  t.ok(strays() >= wireLimits.channelsMax)
})

test('whatever a handler throws costs one connection, not the process', async (t) => {
  for (const thrown of [new TypeError('t'), new RangeError('r'), new Error('e')]) {
    for (const late of [false, true]) {
      const { stranger, mux, violation } = await connect(t)
      serve(
        mux,
        late
          ? () => Promise.reject(thrown)
          : () => {
              throw thrown
            }
      )
      const channel = new Protomux(stranger).createChannel({ protocol: 'served' })
      const message = channel?.addMessage({ encoding: bytes(9), onmessage: () => {} })
      channel?.open()
      message?.send(filled(1, 1))
      t.is((await violation).code, 'BAD_FRAME', `${String(thrown)}, ${late ? 'later' : 'at once'}`)
    }
  }
})

test('a batch that does not decode leaves the way out open, so that its sender can be told', async (t) => {
  const { stranger, mux, violation } = await connect(t)
  const ours = serve(mux, () => {})
  const channel = new Protomux(stranger).createChannel({ protocol: 'served' })
  const told = new Promise<Uint8Array>((resolve) => {
    channel?.addMessage({ encoding: bytes(9), onmessage: resolve })
    channel?.open()
  })
  // Two entries to the mux itself: the close of a channel that does not exist, then a batch.
  stranger.write(control(BATCH, fromHex('00020309020000')))
  t.is((await violation).code, 'BAD_FRAME')
  t.is(mux.corked, 0)
  ours().send(filled(2, 7))
  t.is(b4a.toString(await told, 'hex'), '0707')
})

/** Serves a protocol whose one message is handled by `onmessage`; gives that message for sending. */
function serve(mux: Protomux, onmessage: () => void | Promise<void>) {
  let message: { send(value: Uint8Array): boolean } | undefined
  mux.pair({ protocol: 'served' }, () => {
    const channel = mux.createChannel({ protocol: 'served' })
    message = channel?.addMessage({ encoding: bytes(9), onmessage })
    channel?.open()
  })
  return () => {
    if (message === undefined) throw new Error('the channel was not opened')
    return message
  }
}
