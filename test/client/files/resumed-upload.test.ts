// An upload that its client gave up in the middle, gone on with by the next run of the same profile.

import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { Room } from '../../../src/client/client.ts'
import { foundAt } from '../../../src/client/files/file-info.ts'
import { Stop } from '../../../src/client/files/stop.ts'
import { mapKey } from '../../../src/protocol/bytes.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { quick, World } from '../helpers/world.ts'
import type { TestRoot } from '../helpers/world.ts'

const SIZE = 12_000_000

function bytesOf(seed: number): Uint8Array {
  const bytes = b4a.alloc(SIZE)
  let state = seed
  for (let i = 0; i < SIZE; i += 4) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    bytes[i] = state >>> 16
  }
  return bytes
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 500_000) yield bytes.subarray(at, at + 500_000)
}

interface Scene {
  root: TestRoot
  /** A new run of the same device. */
  run: () => Promise<{ room: Room; close: () => Promise<void> }>
  /** Bytes of chunks that the root was handed so far. */
  handed: () => number
}

async function scene(t: Test): Promise<Scene> {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await tmpFolder(t)
  let invite: string | null = null
  return {
    root,
    handed: () => root.peer.counters.fileBytesStored,
    async run() {
      const client = world.client({ roots: [root.key], profile, waits: quick })
      const room = invite === null ? await client.createRoom() : await client.join(invite)
      invite = room.invite
      return { room, close: () => client.close() }
    }
  }
}

/** Puts until so many bytes are stored, and gives up then. */
async function giveUp(t: Test, room: Room, bytes: Uint8Array, after: number): Promise<void> {
  const stop = new Stop()
  const put = room.files.put('large', () => pieces(bytes), {
    size: SIZE,
    signal: stop,
    onprogress: (stored) => {
      if (stored >= after) stop.abort()
    }
  })
  await t.exception(put, { code: 'ABORTED' })
}

test('what the root has is not sent again', async (t) => {
  const { run, handed } = await scene(t)
  const bytes = bytesOf(1)
  const first = await run()
  await giveUp(t, first.room, bytes, SIZE / 2)
  await first.close()
  const before = handed()
  t.ok(before >= SIZE / 2 && before < SIZE)

  const second = await run()
  await second.room.files.put('large', () => pieces(bytes), { size: SIZE })
  t.ok(handed() - before <= SIZE - SIZE / 2 + 100_000, `${handed() - before} more`)
  const back = await (await second.room.files.get('large')).bytes()
  t.ok(b4a.equals(back, bytes))
})

test('a file that is another since begins anew, under another key', async (t) => {
  const { run, handed } = await scene(t)
  const first = await run()
  await giveUp(t, first.room, bytesOf(1), SIZE / 2)
  await first.close()
  const before = handed()
  const changed = bytesOf(1)
  changed[100] = 255

  const second = await run()
  await second.room.files.put('large', () => pieces(changed), { size: SIZE })
  t.ok(handed() - before >= SIZE)
  t.ok(b4a.equals(await (await second.room.files.get('large')).bytes(), changed))
})

test('two at one path at the same time do not share a key, however much of them is equal', async (t) => {
  const { run } = await scene(t)
  const { room } = await run()
  const [one, other] = [bytesOf(1), bytesOf(1)]
  other[SIZE - 1] = 255
  let begun = (): void => {}
  const isUnderWay = new Promise<void>((resolve) => (begun = resolve))
  let goOn = (): void => {}
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve))
  async function* halting(): AsyncGenerator<Uint8Array> {
    yield one.subarray(0, SIZE / 2)
    await mayGoOn
    yield one.subarray(SIZE / 2)
  }
  const first = room.files.put('large', () => halting(), { size: SIZE, onprogress: begun })
  await isUnderWay
  const second = await room.files.put('large', () => pieces(other), { size: SIZE })
  goOn()
  const keys = [second, await first].map((info) => foundAt(info)?.entry.content?.fileKey)
  t.not(mapKey(keys[0] ?? one), mapKey(keys[1] ?? one))
  const stands = await (await room.files.get('large')).bytes()
  t.ok(b4a.equals(stands, one) || b4a.equals(stands, other))
  t.is((await room.files.stat('large'))?.version, 2)
})
