import test from 'brittle'
import { Sync, syncContent } from '../../src/storage/sync.ts'
import type { SyncFile, SyncFiles } from '../../src/storage/sync.ts'
import { refusal } from './helpers.ts'

/** Logs that exist in name only; every call is recorded. */
class Recorded implements SyncFiles {
  names: string[] = []
  calls: string[] = []
  failing: string | null = null
  open_ = 0
  waiting: (() => void)[] = []
  held = false

  async list(): Promise<string[]> {
    return this.names
  }

  async open(file: string): Promise<SyncFile> {
    const name = file.replace(/^\/db\/?/, '') || '.'
    if (name !== '.' && !this.names.includes(name)) {
      throw Object.assign(new Error('gone'), { code: 'ENOENT' })
    }
    this.open_++
    const call = async (): Promise<void> => {
      this.calls.push(name)
      if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve))
      if (this.failing === name) throw new Error('EIO')
    }
    return {
      datasync: call,
      sync: call,
      close: async () => {
        this.open_--
      }
    }
  }

  take(): string[] {
    return this.calls.splice(0)
  }
}

function setup(names: string[], live: number) {
  const files = new Recorded()
  files.names = names
  const logs = { live }
  const failures: Error[] = []
  const sync = new Sync({
    folder: '/db',
    files,
    liveLog: async () => logs.live,
    onfailed: (err) => failures.push(err)
  })
  return { files, logs, failures, sync }
}

test('one sync serves all who ask in the same turn', async (t) => {
  const { files, sync } = setup(['000004.log', 'CURRENT'], 4)
  await Promise.all(Array.from({ length: 100 }, () => sync.request()))
  t.alike(files.take(), ['000004.log', '.'], 'the log, then its name')

  await Promise.all(Array.from({ length: 100 }, () => sync.request()))
  t.alike(files.take(), ['000004.log'], 'an unchanged log costs one call')
})

test('who asks while a sync runs gets one that began later', async (t) => {
  const { files, sync } = setup(['000004.log'], 4)
  await sync.request()
  files.take()

  files.held = true
  const first = sync.request()
  while (files.waiting.length === 0) await turn()
  const order: string[] = []
  const second = sync.request().then(() => order.push('second'))
  files.waiting.shift()?.()
  await first
  order.push('first')
  while (files.waiting.length === 0) await turn()
  t.alike(order, ['first'], 'the first sync did not serve the second request')
  t.alike(files.take(), ['000004.log', '000004.log'])
  files.held = false
  files.waiting.shift()?.()
  await second
  t.alike(order, ['first', 'second'])
})

test('a sync covers every log since the one that was live when the last one began', async (t) => {
  const { files, logs, sync } = setup(['000004.log'], 4)
  await sync.request()
  files.take()

  files.names = ['000009.log', '000004.log', '000007.log', 'LOG', '000006.sst']
  logs.live = 9
  await sync.request()
  t.alike(files.take(), ['000004.log', '000007.log', '000009.log', '.'], 'oldest first')

  files.names = ['000009.log', '000011.log', '000004.log']
  logs.live = 11
  await sync.request()
  t.alike(files.take(), ['000009.log', '000011.log', '.'], 'older ones hold nothing new')

  logs.live = 12
  files.names = ['000011.log', '000012.log']
  await sync.request()
  t.alike(files.take(), ['000011.log', '000012.log', '.'])
  t.is(files.open_, 1, 'only the live log is kept open')
  await sync.close()
  t.is(files.open_, 0)
})

test('a log that was there when the sync began and switches meanwhile is synced by the next', async (t) => {
  const { files, logs, sync } = setup(['000004.log'], 4)
  await sync.request()
  files.take()
  files.held = true
  const first = sync.request()
  while (files.waiting.length === 0) await turn()
  // written to 4 now, after the running sync began, then 4 is left for 5
  files.names = ['000004.log', '000005.log']
  logs.live = 5
  const second = sync.request()
  files.held = false
  files.waiting.shift()?.()
  await Promise.all([first, second])
  t.alike(files.take(), ['000004.log', '000004.log', '000005.log', '.'])
})

test('a log that has vanished was flushed', async (t) => {
  const { files, logs, sync } = setup(['000004.log'], 4)
  await sync.request()
  files.take()
  logs.live = 7
  files.names = ['000007.log']
  await sync.request()
  t.alike(files.take(), ['000007.log', '.'])

  logs.live = 8
  files.list = async () => ['000007.log', '000008.log']
  files.names = ['000008.log']
  await sync.request()
  t.alike(files.take(), ['000008.log', '.'], 'vanished between the list and the open')
})

test('a table that has vanished while the database was synced is in another that RocksDB synced', async (t) => {
  const { files } = setup(['000004.log', '000009.sst'], 4)
  files.list = async () => ['000003.sst', '000004.log', '000009.sst', 'LOCK']
  await syncContent(files, '/db', /\.(log|sst)$/)
  t.alike(files.take(), ['000004.log', '000009.sst', '.'])
  t.is(files.open_, 0)
})

for (const failing of ['000004.log', '000007.log', '.']) {
  test(`a failed sync of ${failing} is never tried again`, async (t) => {
    const { files, logs, failures, sync } = setup(['000004.log'], 4)
    await sync.request()
    files.take()
    files.names.push('000007.log')
    logs.live = 7
    files.failing = failing

    files.held = true
    const served = [refusal(sync.request()), refusal(sync.request())]
    while (files.waiting.length === 0) await turn()
    const waiting = refusal(sync.request())
    files.held = false
    files.waiting.shift()?.()
    const errors = await Promise.all([...served, waiting])
    files.failing = null
    const calls = files.take().length
    errors.push(await refusal(sync.request()))

    t.alike(new Set(errors.map((err) => err.code)), new Set(['STORE_SYNC_FAILED']))
    t.alike(failures, [errors[0]], 'said once')
    t.is(files.take().length, 0, `nothing was synced after the ${calls} calls until it failed`)
    await sync.close()
    t.is(files.open_, 0)
  })
}

test('closing ends what was asked and refuses the rest', async (t) => {
  const { files, sync } = setup(['000004.log'], 4)
  const asked = sync.request()
  await sync.close()
  await t.execution(asked)
  t.is((await refusal(sync.request())).code, 'STORE_FAILED')
  t.is(files.open_, 0)
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
