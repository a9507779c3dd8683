// A real tree of files through a root peer that is killed with kill -9 on the way, up and down, by clients
// that nobody tells. Equal means names, sizes and bytes.

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mirrorDown, mirrorUp } from '../../src/mirror/mirror.ts'
import type { Mirrored } from '../../src/mirror/mirror.ts'
import { Stage } from './stage.ts'

export interface TreeFigures {
  files: number
  bytes: number
  kills: number
  upSeconds: number
  downSeconds: number
  /** Names of what came down otherwise than it went up. */
  different: string[]
  skipped: string[]
}

/**
 * @param kills how often the root peer dies on the way up; once more on the way down.
 */
export async function treeRounds(folder: string, kills: number): Promise<TreeFigures> {
  const stage = await Stage.open()
  const scratch = await mkdtemp(path.join(tmpdir(), 'root-peer-tree-'))
  try {
    await stage.startRoot()
    const all = await digestOf(folder)
    const bytes = [...all.values()].reduce((sum, { size }) => sum + size, 0)
    const skipped: string[] = []
    let killed = 0
    const room = await stage.client().createRoom()
    const restart = async (): Promise<void> => {
      killed++
      await stage.killRoot(true)
      await stage.startRoot()
    }
    const run = async (
      times: number,
      work: (progress: (name: string) => void) => Promise<Mirrored>
    ): Promise<number> => {
      const startedAt = Date.now()
      let done = 0
      let restarts: Promise<void> = Promise.resolve()
      let begun = 0
      await work(() => {
        done++
        if (begun >= times || done < ((begun + 1) * all.size) / (times + 1)) return
        begun++
        restarts = restarts.then(restart)
      })
      await restarts
      return (Date.now() - startedAt) / 1000
    }
    const onskipped = ({ path: name, reason }: { path: string; reason: string }): void => {
      skipped.push(`${name}: ${reason}`)
    }
    const upSeconds = await run(kills, (onfile) =>
      mirrorUp(room.files, folder, 'tree', { onfile, onskipped })
    )
    const other = await stage.client().join(room.invite)
    const to = path.join(scratch, 'tree')
    const downSeconds = await run(1, (onfile) =>
      mirrorDown(other.files, 'tree', to, { onfile, onskipped })
    )
    const came = await digestOf(to)
    const different = [...new Set([...all.keys(), ...came.keys()])].filter(
      (name) => all.get(name)?.digest !== came.get(name)?.digest
    )
    return { files: all.size, bytes, kills: killed, upSeconds, downSeconds, different, skipped }
  } finally {
    await stage.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Every file below a folder, links to files as what they lead to. */
async function digestOf(folder: string): Promise<Map<string, { size: number; digest: string }>> {
  const found = new Map<string, { size: number; digest: string }>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (!(await stat(file)).isFile()) continue
    const bytes = await readFile(file)
    const digest = createHash('sha256').update(bytes).digest('hex')
    found.set(path.relative(folder, file), { size: bytes.byteLength, digest })
  }
  return found
}
