// npm run bench:directory: how long a page of people takes over a real connection, and what keeping them
// costs. `-- --json` prints one object, `-- --markdown` a table. Exits 1 if a goal is missed.

import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import b4a from 'b4a'
import HyperDHT from 'hyperdht'
import crypto from 'hypercore-crypto'
import { Counters } from '../src/counters.ts'
import { Directory } from '../src/directory/directory.ts'
import type { AuthorKey } from '../src/protocol/bytes.ts'
import { signProfile } from '../src/protocol/profile.ts'
import type { Founder } from '../src/rooms/record.ts'
import { RootPeer } from '../src/root-peer.ts'
import { Store } from '../src/storage/store.ts'
import { RawPeer } from '../test/peers/raw-peer.ts'
import { RawPeople } from '../test/peers/raw-people.ts'
import type { Figure } from './figure.ts'
import { isGood, line, median, toJson } from './figure.ts'
import { table } from './report.ts'
import type { Stage } from './stage.ts'
import { onStage } from './stage.ts'

const LISTED = 1000
const KEPT = 10_000
const PAGE = 64
const PAGE_MS_MAX = 20
const PERSON_BYTES_MAX = 2048
const ROUNDS = 20
const DAY = 86_400_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The longest profile that a client signs: a name, some words and eight roots. */
function profileOf(i: number): Uint8Array {
  const handle = b4a.alloc(32)
  new DataView(handle.buffer, handle.byteOffset).setUint32(0, i)
  return signProfile(
    crypto.keyPair(),
    {
      handle: handle as never,
      sequence: Date.now(),
      validUntil: Date.now() + DAY,
      listed: true,
      withdrawn: false,
      roots: Array.from({ length: 8 }, () => crypto.randomBytes(32) as never),
      fields: { name: 'n'.repeat(128), about: 'a'.repeat(256) }
    },
    null
  )
}

/** Everybody comes from somewhere else: each has an address and a key of their own. */
const somewhere = (): Founder => ({
  holder: crypto.randomBytes(32),
  address: crypto.randomBytes(32)
})

async function fill(directory: Directory, count: number): Promise<void> {
  for (let from = 0; from < count; from += 200) {
    const people = Array.from({ length: Math.min(200, count - from) }, (_, i) =>
      profileOf(from + i)
    )
    await Promise.all(people.map((each) => directory.publish(each, somewhere())))
  }
}

async function open(store: Store): Promise<Directory> {
  const now = Date.now
  return Directory.open(store, { most: KEPT, counters: new Counters(), now, believed: now })
}

const usedBytes = (): number => {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What people take in memory, by what is there without them. Whoever calls holds nothing but the box. */
async function sizeOf(box: Directory[], count: number): Promise<number> {
  collect()
  await setTimeout(200) // what only the work needed goes
  const bytes = usedBytes()
  await box[0]?.close()
  const kept = new WeakRef(box.pop() as Directory)
  await setTimeout(200)
  const size = (bytes - usedBytes()) / count
  if (kept.deref() !== undefined) throw new Error('somebody holds the directory still')
  return size
}

/** Memory, once all came in one by one, and once they were read at a start. */
async function keeping(stage: Stage): Promise<Figure[]> {
  const store = await Store.open({ directory: stage.folder('kept') })
  const box: Directory[] = []
  const timed = async (work: () => Promise<void>): Promise<[ms: number, bytes: number]> => {
    const beganAt = performance.now()
    await work()
    return [performance.now() - beganAt, await sizeOf(box, KEPT)]
  }
  const begin = async (): Promise<void> => void box.push(await open(store))
  await begin()
  const [fillMs, first] = await timed(() => fill(box[0] as Directory, KEPT))
  const perSecond = (KEPT / fillMs) * 1000
  const [openMs, second] = await timed(begin)
  await store.close()
  const goal = { atMost: PERSON_BYTES_MAX }
  return [
    { name: 'a person in memory, published', value: first, unit: 'B', goal },
    { name: 'a person in memory, after a start', value: second, unit: 'B', goal },
    { name: `a start with ${KEPT} people`, value: openMs, unit: 'ms' },
    { name: 'profiles signed, checked and kept', value: perSecond, unit: '/s' }
  ]
}

/** Pages of a root peer, asked for by a client behind a real connection. */
async function listing(stage: Stage): Promise<Figure[]> {
  const { bootstrap } = stage
  const storage = stage.folder('listed')
  const store = await Store.open({ directory: storage })
  const directory = await open(store)
  await fill(directory, LISTED)
  await directory.close()
  await store.close()
  const root = new RootPeer({ storage, bootstrap, host: '127.0.0.1', port: 0 })
  await root.ready()
  const node = new HyperDHT({ bootstrap, host: '127.0.0.1' })
  try {
    const people = await RawPeople.enter(await RawPeer.over(node.connect(root.publicKey)))
    const pages: number[] = []
    const all: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const beganAt = performance.now()
      let after: AuthorKey | null = null
      let seen = 0
      for (let end = false; !end;) {
        const askedAt = performance.now()
        const page = await people.list(after, PAGE)
        pages.push(performance.now() - askedAt)
        seen += page.people.length
        after = page.people.at(-1)?.identity ?? null
        end = page.end
      }
      all.push(performance.now() - beganAt)
      if (seen !== LISTED) throw new Error(`${seen} of ${LISTED} people`)
    }
    const spread = (values: number[]) => ({
      value: median(values),
      min: Math.min(...values),
      max: Math.max(...values),
      unit: 'ms'
    })
    return [
      { name: `a page of ${PAGE} people`, ...spread(pages), goal: { atMost: PAGE_MS_MAX } },
      { name: `all ${LISTED} people`, ...spread(all) }
    ]
  } finally {
    await node.destroy()
    await root.close()
  }
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false }
  }
})
const figures = await onStage(async (stage) => [
  ...(await listing(stage)),
  ...(await keeping(stage))
])
if (values.json) console.log(JSON.stringify({ figures: toJson(figures) }))
else if (values.markdown) console.log(table(figures))
else for (const figure of figures) console.log(line(figure))
process.exit(figures.every(isGood) ? 0 : 1)
