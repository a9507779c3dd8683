// A directory over a real store, at a time that the test says, and who brings profiles to it.

import type { Test } from 'brittle'
import b4a from 'b4a'
import { Counters } from '../../src/counters.ts'
import { Directory } from '../../src/directory/directory.ts'
import type { DirectoryOptions } from '../../src/directory/directory.ts'
import { RootPeerError } from '../../src/protocol/errors.ts'
import type { Founder } from '../../src/rooms/record.ts'
import type { Store } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'

export const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')

/** Whoever this number stands for, from an address that the second one stands for. */
export function from(holder: number, address = holder): Founder {
  const name = (value: number): Uint8Array => {
    const bytes = b4a.alloc(32)
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, value)
    return bytes
  }
  return { holder: name(holder), address: name(address) }
}

export interface OpenedDirectory {
  store: Store
  directory: Directory
  /** The time; settable. */
  clock: { now: number; believed: number | null }
  publish: (profile: Uint8Array, founder?: Founder) => Promise<string>
  /** Closes it and the store, and opens both again. */
  again: () => Promise<OpenedDirectory>
}

export async function openDirectory(
  t: Test,
  options: Partial<DirectoryOptions> & { folder?: string } = {},
  clock: OpenedDirectory['clock'] = { now: Date.now(), believed: null }
): Promise<OpenedDirectory> {
  const { folder = await tmpFolder(t), ...rest } = options
  const store = await openStore(t, { directory: folder })
  const directory = await Directory.open(store, {
    most: 10_000,
    counters: new Counters(),
    now: () => clock.now,
    believed: () => clock.believed ?? clock.now,
    ...rest
  })
  const close = async (): Promise<void> => {
    await directory.close()
    await store.close()
  }
  t.teardown(close, { order: -1, force: true })
  return {
    store,
    directory,
    clock,
    publish: (profile, founder = from(1)) => outcome(directory.publish(profile, founder)),
    again: async () => {
      await close()
      return openDirectory(t, { ...options, folder }, clock)
    }
  }
}

/** `accepted`, or the code with which it was refused. */
export async function outcome(work: Promise<void>): Promise<string> {
  try {
    await work
    return 'accepted'
  } catch (err) {
    if (err instanceof RootPeerError) return err.code
    throw err
  }
}
