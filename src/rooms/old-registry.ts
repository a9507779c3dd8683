// The registry of version 0.1, which was a Hyperbee that only grew: read once, to be kept as notes from
// then on. Until that is done it is done again.

import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type { RoomId } from '../protocol/bytes.ts'
import { byte, decode, list, struct, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import type { RoomRecord } from './record.ts'
import { newRecord, segmentCodec } from './record.ts'

/** The note that says that there is nothing to take over. */
const TAKEN = 'registry'
const VERSION = 1
/** Rooms that are taken over at a time. */
const BATCH = 256

const old = struct({
  version: byte,
  createdAt: uint,
  oldest: uint,
  segments: list(segmentCodec, limits.segmentsMax)
})

/** Writes down every room of the old registry, as `changesFor` says. */
export async function takeOver(
  store: Store,
  changesFor: (id: RoomId, value: RoomRecord) => Change[]
): Promise<void> {
  if ((await store.notes.get(TAKEN)) !== null) return
  const core = await store.openCore('registry')
  try {
    if (core.length > 0) {
      const bee = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'binary' })
      await bee.ready()
      let changes: Change[] = []
      for await (const { key, value } of bee.createReadStream()) {
        const record = await readOld(store, value)
        if (changes.push(...changesFor(key as RoomId, record)) < BATCH) continue
        await store.notes.write(changes)
        changes = []
      }
      await store.notes.write(changes)
    }
    await store.sync()
    await store.notes.set(TAKEN, b4a.from([VERSION]))
  } finally {
    await core.close()
  }
}

async function readOld(store: Store, value: Uint8Array): Promise<RoomRecord> {
  const { version, createdAt, oldest, segments } = decode(old, value)
  if (version !== VERSION) throw new Error(`a registry record of version ${version}`)
  let endedBytes = 0
  for (const { coreKey } of segments.slice(0, -1)) {
    endedBytes += (await store.peek(coreKey))?.byteLength ?? 0
  }
  const since = segments.length > 0 ? createdAt : 0 // to be looked at
  return { ...newRecord(createdAt), oldest, segments, endedBytes, since }
}
