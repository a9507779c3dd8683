// One app that is slow, one that goes: what it is told then. The pipe is in memory, frames and RPC real.

import { EventEmitter } from 'node:events'
import b4a from 'b4a'
import { message } from 'bare-rpc/messages'
import test from 'brittle'
import { EVENTS } from '../../src/worklet/events.ts'
import type { Events } from '../../src/worklet/events.ts'
import { Session } from '../../src/worklet/session.ts'

test('an app that does not keep up is told the newest state, and no stale hints', (t) => {
  const pipe = new SlowPipe()
  const session = new Session(
    pipe,
    () => Promise.reject(new Error('not asked')),
    () => {}
  )
  session.tell('presence', presence(1))
  session.tell('typing', typing)
  t.alike(pipe.told(), [EVENTS.presence, EVENTS.typing])

  pipe.takes = false
  session.tell('searching', {})
  t.is(session.full, true)
  session.tell('presence', presence(2))
  session.tell('presence', presence(3))
  session.tell('typing', typing)
  session.tell('stored', { roomTopic: 'r', root: 'A', ids: [], index: 0, storedAt: 0 })
  t.alike(pipe.told(), [EVENTS.searching, EVENTS.stored], 'what may not be lost is told at once')

  pipe.takes = true
  pipe.emit('drain')
  t.alike(pipe.told(), [EVENTS.presence])
  t.ok(pipe.last().includes('"members":3'))
})

test('an app that is gone is told nothing', (t) => {
  const pipe = new SlowPipe()
  let closed = 0
  const session = new Session(
    pipe,
    () => Promise.reject(new Error('not asked')),
    () => closed++
  )
  pipe.emit('end')
  pipe.emit('close')
  t.is(closed, 1)
  session.tell('searching', {})
  t.alike(pipe.told(), [])
})

test('a client that does not open is the answer to whatever is asked', async (t) => {
  const pipe = new SlowPipe()
  const session = new Session(
    pipe,
    () => Promise.reject(new Error('no luck')),
    () => {}
  )
  const answered = new Promise<void>((resolve) => (pipe.onwrite = resolve))
  pipe.emit('data', b4a.from([5, 0, 0, 0, 1, 1, 26, 0, 0]))
  await answered
  t.ok(pipe.last().includes('"code":"INTERNAL"'))
  t.ok(pipe.last().includes('no luck'))
  session.close()
})

class SlowPipe extends EventEmitter {
  takes = true
  onwrite: () => void = () => {}
  #bytes: Uint8Array[] = []
  #last = ''

  pause(): void {}

  resume(): void {}

  write(bytes: Uint8Array): boolean {
    this.#bytes.push(bytes)
    queueMicrotask(this.onwrite)
    return this.takes
  }

  destroy(): void {
    this.emit('close')
  }

  /** Numbers of the events that were written since the last call. */
  told(): number[] {
    const numbers: number[] = []
    let rest = b4a.concat(this.#bytes.splice(0))
    while (rest.byteLength > 0) {
      const length = 4 + new DataView(rest.buffer, rest.byteOffset).getUint32(0, true)
      const frame = rest.subarray(0, length)
      const event = message.decode({ start: 0, end: length, buffer: frame })
      numbers.push((event as unknown as { command: number }).command)
      this.#last = b4a.toString(frame)
      rest = rest.subarray(length)
    }
    return numbers
  }

  last(): string {
    return this.#last + b4a.toString(b4a.concat(this.#bytes))
  }
}

const typing = { roomTopic: 'r', peerPublicKey: 'p', typing: true, timestamp: 0 }

function presence(members: number): Events['presence'] {
  return { roomTopic: 'r', root: 'A', members, guests: 0, peers: [] }
}
