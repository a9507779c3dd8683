// Which boot of the machine this is, where the machine tells.

import fs from 'fs'

/** The same for as long as the kernel lives, which keeps what was written; null if there is none to ask. */
export function bootId(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null
  } catch {
    return null
  }
}
