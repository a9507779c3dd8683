// What the tests of the store share: a store with its teardown, the store in a process of its own, and
// syncs that are held, counted or failed at the file system's door.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Test } from 'brittle'
import { RootPeerError } from '../../src/protocol/errors.ts'
import { Store } from '../../src/storage/store.ts'
import type { StoreOptions } from '../../src/storage/store.ts'
import { nodeFiles } from '../../src/storage/sync.ts'
import type { SyncFile, SyncFiles } from '../../src/storage/sync.ts'

export async function openStore(t: Test, options: StoreOptions): Promise<Store> {
  const store = await Store.open(options)
  // A store keeps no process alive by itself: its timer is not meant to.
  const alive = setInterval(() => {}, 1000)
  t.teardown(
    async () => {
      clearInterval(alive)
      await store.close().catch(() => {})
    },
    { force: true }
  )
  return store
}

/** The typed error that a call ends with. */
export async function refusal(work: Promise<unknown>): Promise<RootPeerError> {
  try {
    await work
  } catch (err) {
    if (err instanceof RootPeerError) return err
    throw err
  }
  throw new Error('it was expected to fail')
}

/** Syncs of logs that wait at a gate, and tell when one has come there. */
export class GatedFiles implements SyncFiles {
  #gate: { open: () => void; opened: Promise<void> } | null = null
  #arrived: () => void = () => {}
  arrival: Promise<void> = Promise.resolve()
  failure: Error | null = null
  datasyncs = 0

  hold(): void {
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    this.#gate = { open, opened }
    this.arrival = new Promise((resolve) => (this.#arrived = resolve))
  }

  release(): void {
    this.#gate?.open()
    this.#gate = null
  }

  list(folder: string): Promise<string[]> {
    return nodeFiles.list(folder)
  }

  async open(file: string): Promise<SyncFile> {
    const handle = await nodeFiles.open(file)
    return {
      datasync: async () => {
        this.datasyncs++
        this.#arrived()
        if (this.#gate !== null) await this.#gate.opened
        if (this.failure !== null) throw this.failure
        await handle.datasync()
      },
      sync: () => handle.sync(),
      close: () => handle.close()
    }
  }
}

export interface Opened {
  generation: number
  publicKey: string
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Opens a store in a process of its own; rejects with the code it failed with. */
export async function openElsewhere(
  t: Test,
  directory: string,
  options: { uid?: number } = {}
): Promise<Opened> {
  const script = fileURLToPath(new URL('./holder.js', import.meta.url))
  const child = spawn(process.execPath, [script, directory], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  t.teardown(
    async () => {
      child.kill('SIGKILL')
      await exited
    },
    { force: true }
  )
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const said = JSON.parse(line) as { generation: number; publicKey: string; error?: string }
  if (said.error !== undefined) throw new RootPeerError(said.error, 'the other process failed')
  return {
    generation: said.generation,
    publicKey: said.publicKey,
    async kill(signal) {
      child.kill(signal)
      await exited
    }
  }
}
