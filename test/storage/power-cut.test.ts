import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import b4a from 'b4a'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from './helpers.ts'
import { blockOf } from './power-cut.ts'
import type { CutReport } from './power-cut.ts'

// Each time the log of RocksDB switches (64 MB) under 16 cores, and the power goes so many
// acknowledgements after the switch.
for (const cutAt of [1, 4, 40]) {
  test(`a power cut ${cutAt} after a switch of the log`, { timeout: 120_000 }, async (t) => {
    const directory = path.join(await tmpFolder(t), 'store')
    const reportFile = path.join(await tmpFolder(t), 'report.json')
    const script = fileURLToPath(new URL('./power-cut-writer.js', import.meta.url))
    const child = spawn(process.execPath, [script, directory, reportFile, String(cutAt)], {
      stdio: ['ignore', 'inherit', 'inherit']
    })
    t.teardown(() => child.kill('SIGKILL'), { force: true })
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    t.is(signal, 'SIGKILL')
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as CutReport

    const after = path.join(await tmpFolder(t), 'after')
    cpSync(directory, after, { recursive: true })
    const lost = cutLogs(path.join(after, 'corestore', 'db'), report)
    t.comment(`${lost} bytes of logs were not synced`)

    const store = await openStore(t, { directory: after, restored: true })
    t.is(store.generation, 2)
    let checked = 0
    for (const [name, length] of Object.entries(report.acknowledged)) {
      const core = await store.openCore(name)
      if (core.length < length) {
        t.fail(`${name} has ${core.length} blocks, and ${length} were acknowledged`)
      }
      for (let i = 0; i < Math.min(length, core.length); i++, checked++) {
        const block = await core.get(i, { wait: false })
        if (block === null || !b4a.equals(block, blockOf(name, i))) t.fail(`${name}: ${i} is lost`)
      }
    }
    t.is(Object.keys(report.acknowledged).length, 16)
    t.ok(checked > 1000, `${checked} acknowledged blocks are there`)
  })
}

/** Takes from the logs what was not synced. RocksDB syncs its other files itself before it needs them. */
function cutLogs(folder: string, { synced, named }: CutReport): number {
  let lost = 0
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.log')) continue
    const file = path.join(folder, name)
    const kept = named.includes(name) ? (synced[name] ?? 0) : 0
    lost += statSync(file).size - kept
    if (kept === 0) rmSync(file)
    else truncateSync(file, kept)
  }
  return lost
}
