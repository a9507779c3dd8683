// `root-peer share`: a folder as one's own public space, served from this device until Ctrl-C.

import { watch } from 'node:fs'
import path from 'node:path'
import { badConfig } from '../../src/errors.ts'
import { mirrorUp } from '../../src/mirror/mirror.ts'
import type { Room } from '../../src/client/client.ts'
import type { Interruption } from '../interruption.ts'
import type { Invocation } from '../commands.ts'
import { delivered, writeJson } from '../output.ts'
import { SERVED } from '../place.ts'
import { openSession, say, tellOnce } from '../session.ts'
import type { Settings } from '../settings.ts'
import { Transfer } from '../transfer.ts'
import { mediaTypeOf } from './put.ts'

/** Whoever changes one file soon changes another. */
const PAUSE_MS = 1000

export async function run({ settings, args, interruption }: Invocation): Promise<void> {
  const [folder] = args
  const session = await openSession(SERVED, settings, interruption)
  try {
    const { client, room } = session
    room.on('denied', tellOnce())
    if (settings.json) await writeJson({ key: client.author, invite: room.invite })
    else say(`sharing as ${client.author}; Ctrl-C ends it`)
    const local = folder === undefined ? null : path.resolve(folder)
    if (local === null) await interruption.wait()
    else await follow(room, local, settings, interruption)
    await delivered()
  } finally {
    await session.close()
  }
}

/** Brings the folder up, and again whenever something in it has changed. */
async function follow(
  room: Room,
  folder: string,
  settings: Settings,
  interruption: Interruption
): Promise<void> {
  const { signal } = interruption
  let changed = true
  let wake = (): void => {}
  const watcher = watchFolder(folder, () => {
    changed = true
    wake()
  })
  signal.addEventListener('abort', () => wake())
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false
        await bring(room, folder, settings, interruption)
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      // Bounded by Ctrl-C, which ends the pause too.
      if (!signal.aborted) await pause(PAUSE_MS, signal)
    }
  } finally {
    watcher.close()
  }
}

async function bring(
  room: Room,
  folder: string,
  settings: Settings,
  interruption: Interruption
): Promise<void> {
  const transfer = new Transfer('sent')
  try {
    const options = { ...transfer.options(settings, interruption), mediaType: mediaTypeOf }
    transfer.conclude(await mirrorUp(room.files, folder, '', options))
  } catch (err) {
    if (!interruption.signal.aborted) throw err
  } finally {
    transfer.stop()
  }
}

function watchFolder(folder: string, changed: () => void): { close(): void } {
  try {
    const watcher = watch(folder, { recursive: true }, changed)
    watcher.on('error', () => watcher.close()) // it is shared as it was
    return watcher
  } catch (err) {
    throw badConfig(`${folder} can't be read: ${err instanceof Error ? err.message : String(err)}`)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
