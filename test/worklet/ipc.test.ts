// The bytes of a pipe, cut in every way: what comes out is whole frames, and nothing is lost or made up.

import { EventEmitter } from 'node:events'
import b4a from 'b4a'
import test from 'brittle'
import { Ipc } from '../../src/worklet/ipc.ts'
import { workletLimits } from '../../src/worklet/limits.ts'

class TestPipe extends EventEmitter {
  readonly written: Uint8Array[] = []
  takes = true
  paused = false

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes)
    return this.takes
  }

  destroy(): void {
    this.emit('close')
  }
}

test('frames come whole, however they were cut', (t) => {
  const frames = [request(1, 5), request(2, 0), request(300, 300)]
  const bytes = b4a.concat(frames)
  for (const size of [1, 2, 3, 5, 7, 64, bytes.byteLength]) {
    const { pipe, heard } = listen()
    for (let at = 0; at < bytes.byteLength; at += size)
      pipe.emit('data', bytes.subarray(at, at + size))
    t.alike(heard, frames, `${size} bytes at a time`)
  }
})

test('what does not decode is refused by itself, however it was cut', (t) => {
  const broken = b4a.from([3, 0, 0, 0, 9, 9, 9])
  const long = b4a.alloc(workletLimits.frameBytesMax + 14)
  long.set(request(77, 0))
  new DataView(long.buffer, long.byteOffset).setUint32(0, long.byteLength - 4, true)
  const bytes = b4a.concat([request(1, 5), broken, request(2, 5), long, request(3, 5)])
  for (const size of [1000, 4096, 65_536, bytes.byteLength]) {
    const { pipe, heard, refused } = listen()
    for (let at = 0; at < bytes.byteLength; at += size)
      pipe.emit('data', bytes.subarray(at, at + size))
    t.alike(heard, [request(1, 5), request(2, 5), request(3, 5)], `${size} bytes at a time`)
    t.alike(refused, [
      ['BAD_IPC', null],
      ['TOO_LARGE', 77]
    ])
  }
})

test('a slow app is waited for, and one that goes is not', async (t) => {
  const { pipe, ipc } = listen()
  pipe.takes = false
  ipc.write(b4a.from([1]))
  t.is(ipc.full, true)
  t.is(pipe.paused, true, 'an app that does not listen is not heard either')
  const waited = ipc.room()
  pipe.emit('drain')
  await waited
  t.is(ipc.full, false)
  t.is(pipe.paused, false)

  ipc.write(b4a.from([1]))
  const gone = ipc.room()
  pipe.emit('error', new Error('torn'))
  await gone
  t.is(ipc.destroying, true)
  t.is(pipe.written.length, 2)
  ipc.write(b4a.from([1]))
  t.is(pipe.written.length, 2, 'nothing is written to an app that is gone')
})

function listen(): {
  pipe: TestPipe
  ipc: Ipc
  heard: Uint8Array[]
  refused: [string, number | null][]
} {
  const pipe = new TestPipe()
  const ipc = new Ipc(pipe)
  const heard: Uint8Array[] = []
  const refused: [string, number | null][] = []
  ipc.on('data', (frame) => heard.push(b4a.from(frame)))
  ipc.on('refused', ({ code }, request) => refused.push([code, request]))
  return { pipe, ipc, heard, refused }
}

/** A request, as bare-rpc writes it. */
function request(id: number, length: number): Uint8Array {
  const number = (n: number): number[] => (n < 0xfd ? [n] : [0xfd, n & 0xff, n >> 8])
  const body = [1, ...number(id), 5, 0, ...number(length), ...Array.from({ length }, () => 7)]
  return b4a.from([body.length & 0xff, body.length >> 8, 0, 0, ...body])
}
