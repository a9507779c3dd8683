// A disk of its own in memory, so small that it gets full. Mounted by who may do that; who may not is told.

import { spawnSync } from 'node:child_process'

export const NO_SMALL_DISK = 'mounting a small disk is not permitted here'

/** Mounts one at a folder that is there. Returns how it is taken away again, or null where that is not permitted. */
export function mountSmallDisk(folder: string, mebibytes: number): (() => void) | null {
  const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]
  if (spawnSync('mount', options).status !== 0) return null
  return () => void spawnSync('umount', [folder])
}
