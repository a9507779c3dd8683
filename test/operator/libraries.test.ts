import { setTimeout as wait } from 'node:timers/promises'
import Corestore from 'corestore'
import test from 'brittle'
import Hyperswarm from 'hyperswarm'
import { LibrarySeries } from '../../src/operator/libraries.ts'
import { createDht } from '../helpers/dht.ts'
import { tmpFolder } from '../helpers/tmp.ts'

test('cores are counted while they are open, in whichever corestore there is', async (t) => {
  let now = 0
  const series = new LibrarySeries(() => now)
  t.teardown(() => series.close())
  const total = async (): Promise<number> => {
    now += 10_000
    return Number(/^hypercore_total_cores (\d+)$/m.exec(await series.text())?.[1])
  }
  const open = async (): Promise<Corestore> => {
    const corestore = new Corestore(await tmpFolder(t))
    series.watchCorestore(corestore)
    await corestore.ready()
    return corestore
  }
  const first = await open()
  for (let i = 0; i < 20; i++) await first.get({ name: `core ${i}` }).ready()
  // hypercore-stats counts a core a few turns later, and keeps its numbers for some seconds.
  t.is(await eventually(total, 20), 20)
  await first.close()

  const second = await open()
  await second.get({ name: 'one' }).ready()
  t.is(await eventually(total, 1), 1, 'the one that took its place')
  await second.close()
})

test('cores that come and go leave nothing behind', async (t) => {
  const series = new LibrarySeries(() => performance.now())
  t.teardown(() => series.close())
  const corestore = new Corestore(await tmpFolder(t))
  series.watchCorestore(corestore)
  for (let i = 0; i < 200; i++) {
    const core = corestore.get({ name: `core ${i}` })
    await core.ready()
    if (i % 3 === 0) await new Promise(setImmediate)
    await core.close()
  }
  // A corestore gives up a core that nobody uses after some seconds. To be followed must not change that.
  t.is(await eventually(() => Promise.resolve(corestore.cores.size), 0), 0)
  t.is(series.coresHeld, 0)
  await corestore.close()
})

test('a corestore that takes the place of another leaves the series of the swarm alone', async (t) => {
  const series = new LibrarySeries(() => performance.now())
  t.teardown(() => series.close())
  const dht = await createDht(t)
  const node = dht.createNode()
  const swarm = new Hyperswarm({ dht: node })
  t.teardown(() => swarm.destroy())
  series.watchSwarm(swarm)
  for (let i = 0; i < 2; i++) {
    const corestore = new Corestore(await tmpFolder(t))
    t.teardown(() => corestore.close())
    series.watchCorestore(corestore)
    await corestore.ready()
  }
  // What a node with an address of its own comes to say after a while; the library adds a series then.
  node.emit('persistent')
  t.ok(/^dht_nr_records \d+$/m.test(await series.text()))
})

test('a series whose labels are addresses has no samples', async (t) => {
  const series = new LibrarySeries(() => performance.now())
  t.teardown(() => series.close())
  const dht = await createDht(t)
  const node = dht.createNode()
  await node.fullyBootstrapped()
  const swarm = new Hyperswarm({ dht: node })
  t.teardown(() => swarm.destroy())
  series.watchSwarm(swarm)
  const text = await series.text()
  t.ok(text.includes('# TYPE dht_local_address gauge'))
  t.absent(/^dht_local_address[ {]/m.test(text))
})

/** What it says once it says that, or at the end of patience. */
async function eventually(say: () => Promise<number>, wanted: number): Promise<number> {
  for (let i = 0; i < 150; i++) {
    if ((await say()) === wanted) return wanted
    await wait(100)
  }
  return await say()
}
