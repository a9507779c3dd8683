// Builds dist/: compiles, adds the ambient declarations that the compiler does not emit, and makes
// the command executable. Never empties dist/ (a daemon may be running from it): it removes what no
// source stands behind, once the compiler has succeeded.

import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')

/** Where a consumer's compiler enters, by package.json's `exports`. */
const entries = [
  'src/root-peer.d.ts',
  'src/client/client.d.ts',
  'src/mirror/mirror.d.ts',
  'src/worklet/start.d.ts',
  'src/worklet/app.d.ts',
  'src/protocol/protocol.d.ts'
]

/** Declarations that only our own tests need. */
const unpublished = ['testing.d.ts']

compile()
await removeStale()
await publishTypes()
await makeExecutable(join(dist, 'bin/root-peer.cjs'))

function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** A file of dist/ stays if a source of the same name is there; a test deleted is a test gone. */
async function removeStale() {
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const built = join(entry.parentPath, entry.name)
    const source = join(root, built.slice(dist.length))
      .replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
      .replace(/(\.d\.cts|\.cjs|\.cjs\.map)$/, '.cts')
    if (!existsSync(source)) await rm(built)
  }
  await removeEmptyFolders(dist)
}

async function removeEmptyFolders(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name))
  }
  if ((await readdir(folder)).length === 0) await rmdir(folder)
}

/** Emitted declarations name untyped modules: the entries refer to our declarations of these. */
async function publishTypes() {
  const from = join(root, 'src/types')
  const names = (await readdir(from)).filter((name) => !unpublished.includes(name))
  await mkdir(join(dist, 'src/types'), { recursive: true })
  for (const name of names) {
    await writeFile(join(dist, 'src/types', name), await readFile(join(from, name)))
  }

  for (const entry of entries) {
    const path = join(dist, entry)
    if (!existsSync(path)) continue
    const up = '../'.repeat(entry.split('/').length - 2) || './'
    const references = [
      '/// <reference types="node" />',
      ...names.map((name) => `/// <reference path="${up}types/${name}" />`)
    ]
    await writeFile(path, `${references.join('\n')}\n${await readFile(path, 'utf8')}`)
  }
}

async function makeExecutable(path) {
  if (existsSync(path)) await chmod(path, 0o755)
}
