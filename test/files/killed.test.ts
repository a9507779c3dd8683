import test from 'brittle'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Dice } from '../fuzz/helpers/dice.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import type { RoomFiles } from '../../src/files/room-files.ts'
import { claims, contentOf, keyOf, openFiles } from './helpers.ts'

const CHILDREN = 8

test('killed again and again, files lose nothing that was acknowledged, and leave nothing behind', async (t) => {
  const dice = new Dice()
  t.comment(`seed ${dice.seed}`)
  const directory = await tmpFolder(t)
  const script = fileURLToPath(new URL('./files-writer.js', import.meta.url))
  for (let round = 1; round <= 4; round++) {
    const args = [script, directory, String(dice.below(1e6)), String(round * 1_000_000)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const acknowledged = new Map<number, { version: number; value: number }>()
    let left = 20 + dice.below(150)
    for await (const line of createInterface({ input: child.stdout })) {
      const [number = 0, version = 0, value = 0] = line.split(' ').map(Number)
      acknowledged.set(number, { version, value })
      if (--left === 0) child.kill('SIGKILL')
    }
    t.alike(await exited, [null, 'SIGKILL'])

    const { room, store, close } = await openFiles(t, { directory })
    const files = await room()
    const wrong: string[] = []
    for (const [number, { version, value }] of acknowledged) {
      const found = (await files.findAll([{ key: keyOf(1, number), seq: 0 }]))[0] ?? null
      const content = await contentOf(files, keyOf(1, number))
      const isNewer = (found?.entry.version ?? 0) > version
      const isSame = found?.entry.version === version && content?.[0]?.[0] === value
      if (content === null || (!isNewer && !isSame)) wrong.push(`${number} ${version}`)
    }
    t.alike(wrong, [], `round ${round}: what was acknowledged is there, or what came after it`)
    t.alike(await held(files), await referred(files), 'and no other content is')
    t.ok(
      (await claims(store)).every((name) => /\/aa\d$/.test(name)),
      'only uploads are unsettled'
    )
    await close()
  }
})

/** Blocks that are kept. */
async function held(files: RoomFiles): Promise<number> {
  let blocks = 0
  for (const core of (await files.cores.all()).contents) {
    for (let i = 0; i < core.length; i++) if (await core.has(i)) blocks++
  }
  return blocks
}

/** Blocks that an entry or an upload refers to; totals are held to them. */
async function referred(files: RoomFiles): Promise<number> {
  let blocks = 0
  let bytes = 0
  for (let i = 0; i < CHILDREN; i++) {
    const key = keyOf(1, i)
    const standing = (await files.findAll([{ key, seq: 0 }]))[0] ?? null
    const older = (await files.cores.index?.older(key)) ?? []
    for (const { blobs } of standing === null ? older : [standing, ...older]) {
      for (const { blockLength, byteLength } of blobs) {
        blocks += blockLength
        bytes += byteLength
      }
    }
  }
  if (files.cores.index?.totals.contentBytes !== bytes) throw new Error('the totals are wrong')
  for (let i = 0; i < CHILDREN; i++) {
    const upload = files.uploads.of(`aa${i}`)
    if (upload !== null) blocks += upload.chunks
  }
  return blocks
}
