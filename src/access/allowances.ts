// What everybody may take, as it is configured: of rooms, keys, addresses and the whole disk. Made from the
// configuration once, and again when that is read again. Never counts anything.

import { statfs } from 'node:fs/promises'
import type { RootPeerConfig } from '../config.ts'
import { ENTRIES } from '../entries.ts'

export const ALLOWANCE_NAMES = [
  'bytesPerRoom',
  'messagesPerRoom',
  'roomsPerKey',
  'roomsPerAddress',
  'connectionsPerKey',
  'messagesPerDay',
  'messagesPerSecond',
  'bytesPerSecond'
] as const

type AllowanceName = (typeof ALLOWANCE_NAMES)[number]

export interface Allowances extends Readonly<Record<AllowanceName, number>> {
  readonly maxStorage: number
  readonly bytesPerKey: number
  readonly bytesPerAddress: number
}

/** An address stands for many: it may do so many times what a key may. */
export const ADDRESS_TIMES = 8

/** Shares of the whole, where nobody says how much: of the disk, and of what may be kept. */
const DISK_SHARE = 0.8
const KEY_SHARE = 0.1
const ADDRESS_SHARE = 0.25

/** What the disk of a folder has to give: what is free of it, and what is kept there already. */
export async function diskBytesOf(folder: string, keptBytes: number): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize + keptBytes
}

/** @param diskBytes - see `diskBytesOf` */
export function allowancesOf(config: RootPeerConfig, diskBytes: number): Allowances {
  const set = Object.fromEntries(
    ALLOWANCE_NAMES.map((name) => [name, config[name] ?? ENTRIES[name].byDefault])
  ) as Record<AllowanceName, number>
  const maxStorage = config.maxStorage ?? Math.floor(diskBytes * DISK_SHARE)
  return Object.freeze({
    ...set,
    maxStorage,
    bytesPerKey: config.bytesPerKey ?? Math.floor(maxStorage * KEY_SHARE),
    bytesPerAddress: config.bytesPerAddress ?? Math.floor(maxStorage * ADDRESS_SHARE)
  })
}
