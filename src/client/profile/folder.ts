// A profile's folder, before and beside the store that is in it: made, and told from what is none.

import fs from 'fs'
import { profileFailed } from '../../protocol/errors.ts'

/** Makes it if it is missing. Throws `PROFILE_FAILED` if it can't be. */
export function makeFolder(folder: string): void {
  try {
    make(folder)
  } catch (err) {
    throw profileFailed(err)
  }
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
