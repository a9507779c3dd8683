// Writes to several cores at once until RocksDB has switched its log, records what of each log was
// synced, and kills itself at the given acknowledgement after the switch, as a power cut would.

import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Store } from '../../src/storage/store.ts'
import { nodeFiles } from '../../src/storage/sync.ts'
import type { SyncFiles } from '../../src/storage/sync.ts'
import { blockOf } from './power-cut.ts'
import type { CutReport } from './power-cut.ts'

const [directory = '', reportFile = '', cutAt = '1'] = process.argv.slice(2)
const report: CutReport = { acknowledged: {}, synced: {}, named: [], switches: 0 }

const syncFiles: SyncFiles = {
  list: (folder) => nodeFiles.list(folder),
  async open(file) {
    const handle = await nodeFiles.open(file)
    const name = path.basename(file)
    return {
      async datasync() {
        const { size } = statSync(file)
        await handle.datasync()
        if (!(name in report.synced)) report.switches++
        report.synced[name] = size
      },
      async sync() {
        const names = await nodeFiles.list(file).catch(() => [])
        await handle.sync()
        if (name === 'db') report.named = names
      },
      close: () => handle.close()
    }
  }
}

const store = await Store.open({ directory, syncFiles })
let left = Number(cutAt)
await Promise.all(Array.from({ length: 16 }, (_, i) => write(`room ${i}`)))

async function write(name: string): Promise<void> {
  const core = await store.openCore(name)
  for (;;) {
    const blocks = [blockOf(name, core.length), blockOf(name, core.length + 1)]
    const { length } = await core.append(blocks)
    report.acknowledged[name] = length
    // The first log counts as a switch from none
    if (report.switches < 2 || --left > 0) continue
    writeFileSync(reportFile, JSON.stringify(report))
    process.kill(process.pid, 'SIGKILL')
  }
}
