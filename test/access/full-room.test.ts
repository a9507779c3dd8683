// A room that its members have filled, and what becomes of it once retention makes room: from a client's
// first refusal to its next receipt, over a real root peer.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import type { RefusedEvent, Room } from '../../src/client/client.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import type { QuotaKind } from '../../src/protocol/quota.ts'
import type { Retention } from '../../src/protocol/retention.ts'
import type { RootPeerConfig } from '../../src/root-peer.ts'
import { createWorld } from '../peers/helpers.ts'

interface Case {
  kind: QuotaKind
  limit: number
  config: Partial<RootPeerConfig>
  body: (number: number) => string
  retention: Partial<Retention>
}

test('a room that is full by count loses nothing, says so, and takes more within a second of room', async (t) => {
  await fillAndFree(t, {
    kind: 'room-messages',
    limit: 40,
    config: { messagesPerRoom: 40 },
    body: (number) => `${number}`,
    retention: { messages: 20 }
  })
})

test('a room that is full by bytes loses nothing, says so, and takes more within a second of room', async (t) => {
  await fillAndFree(t, {
    kind: 'room-bytes',
    limit: 65_536,
    config: { bytesPerRoom: 65_536 },
    body: (number) => `${number}`.padEnd(4000, '.'),
    retention: { bytes: 30_000 }
  })
})

async function fillAndFree(t: Test, { kind, limit, config, body, retention }: Case): Promise<void> {
  const { dht, root } = await createWorld(t, config)
  const client = new RootPeerClient({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    direct: false,
    roots: [formatKey(root.publicKey)]
  })
  t.teardown(() => client.close(), { force: true })
  const room = await client.createRoom()
  const refused = once(room, 'refused')
  const full = quotaFull(room, kind)
  // Pauses between attempts grow: after the fifth it would be quiet for more than a second.
  const often = refusals(room, 5)
  const stored: string[] = []
  let sending: Promise<unknown> = Promise.resolve()
  for (let number = 0; ; number++) {
    const sent = room.send(body(number))
    const answer = await Promise.race([sent.then(({ id }) => id), refused.then(() => null)])
    sending = sent
    if (answer === null) break
    stored.push(answer)
  }
  const [{ code, detail, quota: figures }] = (await refused) as [RefusedEvent]
  t.is(code, 'ROOM_FULL')
  t.alike(figures, { kind, limit, use: figures?.use })
  t.ok(detail.startsWith(`${figures?.use} of the ${limit} `), detail)
  const quota = await full
  t.is(quota.limit, limit)
  t.ok(quota.use > limit / 2 && quota.use <= limit, `${quota.use} of ${limit}`)
  await often
  t.alike(await idsOf(room), stored, 'all that was acknowledged, and nothing else')

  const again = once(room, 'space-again')
  const freed = new Promise<number>((resolve) => {
    root.once('room-freed', () => resolve(performance.now()))
  })
  await room.setRetention(retention)
  const at = await freed
  await again
  await sending
  const took = performance.now() - at
  t.ok(took < 1000, `stored ${took.toFixed(0)} ms after there was room`)
  const kept = await idsOf(room)
  t.alike(
    kept.slice(0, -1),
    stored.slice(1 - kept.length),
    'the newest, in order, and the one that waited'
  )
}

function quotaFull(room: Room, kind: QuotaKind): Promise<{ limit: number; use: number }> {
  return new Promise((resolve) => {
    room.on('quota', ({ quotas }) => {
      const quota = quotas.find((each) => each.kind === kind && each.full)
      if (quota !== undefined) resolve(quota)
    })
  })
}

function refusals(room: Room, count: number): Promise<void> {
  let times = 0
  return new Promise((resolve) => {
    room.on('refused', () => {
      if (++times === count) resolve()
    })
  })
}

async function idsOf(room: Room): Promise<string[]> {
  const ids: string[] = []
  for await (const item of room.read({ from: 0 })) if ('body' in item) ids.push(item.id)
  return ids
}
