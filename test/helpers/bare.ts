// The Bare runtime that tools/ installs, as a real process: started directly, so that a kill by its pid
// ends Bare itself and not a process around it. Null where tools/ is not installed.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'brittle'
import { repositoryRoot } from './fixtures.ts'

/** Path of the executable; null if it is not there. */
export const bare: string | null = find()

/** Path of the executable; else the test is told why it was skipped, and gets null. */
export function bareOrSkip(t: Test): string | null {
  if (bare === null) t.pass('skipped: no Bare here, install it with: npm install --prefix tools')
  return bare
}

/** Bundles a compiled module for Bare, addons beside it unless they are to be linked by an app's build. */
export async function barePack(entry: string, out: string, ...flags: string[]): Promise<void> {
  const bin = join(repositoryRoot, 'tools/node_modules/bare-pack/bin.js')
  await promisify(execFile)(process.execPath, [bin, ...flags, '--out', out, entry])
}

function find(): string | null {
  try {
    const require = createRequire(join(repositoryRoot, 'tools/package.json'))
    const runtime = require('bare-runtime') as (name: string) => string
    return runtime('bare')
  } catch {
    return null
  }
}
