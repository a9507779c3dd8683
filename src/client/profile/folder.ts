// A profile's folder, before and beside the store that is in it: made, and told from what is none.

import fs from 'fs'
import { RootPeerError } from '../../protocol/errors.ts'
import { profileFailed } from './profile-failed.ts'

/**
 * Makes it if it is missing.
 *
 * @throws `PROFILE_FAILED` if it can't be; `NOT_A_PROFILE` if something else is in it, which a Corestore
 *   would move out of its way.
 */
export function makeFolder(folder: string): void {
  let strange: string | undefined
  try {
    make(folder)
    strange = strangeIn(folder)
  } catch (err) {
    throw profileFailed(err)
  }
  if (strange === undefined) return
  throw new RootPeerError(
    'NOT_A_PROFILE',
    `${folder} holds something else, such as ${strange}: give the profile a folder of its own`,
    { got: strange }
  )
}

/** Takes away what names the device that the store is on. */
export function forgetDevice(folder: string): void {
  fs.rmSync(deviceFile(folder), { force: true })
}

/** Whether it was killed while it was made: nothing was kept yet. `err` is why the store does not open. */
export function isUnfinished(folder: string, err: unknown): boolean {
  // Said only by who has locked that file: nobody is just making it.
  const strange = err instanceof Error && 'code' in err && err.code === 'DEVICE_FILE'
  return strange && fs.statSync(deviceFile(folder)).size === 0
}

/** What is there that no profile has left, not even one that was killed while it was made. */
function strangeIn(folder: string): string | undefined {
  if (fs.existsSync(deviceFile(folder))) return undefined
  return fs.readdirSync(folder).find((name) => name !== 'db')
}

function deviceFile(folder: string): string {
  return `${folder}/CORESTORE`
}

// One by one: where nothing can be made, as in /proc, Node's own `recursive` never ends.
function make(folder: string): void {
  if (fs.existsSync(folder)) {
    if (fs.statSync(folder).isDirectory()) return
    throw new Error(`${folder} is no folder`)
  }
  const parent = folder.replace(/[\\/]+[^\\/]*[\\/]*$/, '')
  if (parent !== '' && parent !== folder) make(parent)
  fs.mkdirSync(folder)
}
