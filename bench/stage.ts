// Where a bench plays: a private DHT on this machine, a folder that is gone afterwards, and the
// processes that were started for it.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import createTestnet from 'hyperdht/testnet.js'
import { Role } from './processes.ts'

export interface Stage {
  bootstrap: string[]
  /** A folder of this name, not made yet. */
  folder(name: string): string
  /** A process that ends with the stage, if it was not stopped before. */
  role(name: string): Role
}

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'root-peer-bench-'))
  const testnet = await createTestnet(3, { host: '127.0.0.1' })
  const roles: Role[] = []
  try {
    return await play({
      bootstrap: testnet.bootstrap.map(({ host, port }) => `${host}:${port}`),
      folder: (name) => path.join(root, name),
      role(name) {
        const role = new Role(name)
        roles.push(role)
        return role
      }
    })
  } finally {
    // The last first: whoever connects goes before the root.
    for (const role of roles.toReversed()) await role.stop()
    await testnet.destroy()
    fs.rmSync(root, { recursive: true, force: true })
  }
}
