// How fast: every figure of one round in turn, so that what the machine does meanwhile falls on all of
// them alike. Ratios are made inside a round.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import createTestnet from 'hyperdht/testnet.js'
import { median } from './figure.ts'
import { Role } from './processes.ts'
import type { Target } from './wire.ts'

/** Size of a sealed payload, and of a body, in bytes. */
const BYTES = 256

/** A round's figures: messages, blocks or deliveries a second; milliseconds where the name says so. */
export type Round = Record<string, number>

interface Sizes {
  append: number
  singles: number
  batches: number
  replication: number
  pages: number
  quiet: number
  proven: number
  sealedSends: number
  one: number
  rooms100: number
  rooms1000: number
  fanout: number
}

export const FULL: Sizes = {
  append: 100_000,
  singles: 100_000,
  batches: 200_000,
  replication: 15_000,
  pages: 400_000,
  quiet: 6_000,
  proven: 50_000,
  sealedSends: 50_000,
  one: 300,
  rooms100: 60_000,
  rooms1000: 30_000,
  fanout: 3_000
}

/** The same with little of everything: to see that it runs. */
export const QUICK: Sizes = {
  append: 5_000,
  singles: 5_000,
  batches: 10_000,
  replication: 1_000,
  pages: 20_000,
  quiet: 300,
  proven: 3_000,
  sealedSends: 3_000,
  one: 50,
  rooms100: 3_000,
  rooms1000: 3_000,
  fanout: 200
}

/**
 * One round: all figures, each measured in processes that have done the same on a small scale before,
 * so that no figure is about a cold engine.
 */
export async function round(sizes: Sizes): Promise<Round> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'root-peer-bench-'))
  const testnet = await createTestnet(3, { host: '127.0.0.1' })
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const root = new Role('root')
  const client = new Role('client')
  const native = new Role('native')
  try {
    const { publicKey } = await root.ask<Target>('start', { storage: `${folder}/root`, bootstrap })
    const target = { bootstrap, publicKey }
    if (sizes !== QUICK) await measure(QUICK, path.join(folder, 'warm'))
    return await measure(sizes, path.join(folder, 'measured'))

    async function measure(sizes: Sizes, folder: string): Promise<Round> {
      fs.mkdirSync(folder)
      const figures: Round = {}
      const rate = (name: string, count: number, ms: number): void => {
        figures[name] = (count / ms) * 1000
      }
      const send = (messages: number, perFrame: number, rooms: number) =>
        client.ask<{ ms: number; roomKey: string }>('send', {
          ...target,
          messages,
          bytes: BYTES,
          perFrame,
          rooms
        })

      const appended = await native.ask<{ ms: number }>('append', {
        storage: `${folder}/append`,
        blocks: sizes.append,
        bytes: BYTES,
        batch: 256
      })
      rate('append', sizes.append, appended.ms)
      rate('singles', sizes.singles, (await send(sizes.singles, 1, 1)).ms)
      rate('batches', sizes.batches, (await send(sizes.batches, 64, 1)).ms)

      const sealed = await client.ask<{ ms: number; invite: string }>('sealedSends', {
        ...target,
        messages: sizes.sealedSends,
        bytes: BYTES
      })
      rate('sealedSends', sizes.sealedSends, sealed.ms)

      // c: native replication, one message per block.
      const single = await native.ask<{ key: string }>('append', {
        storage: `${folder}/blocks`,
        blocks: sizes.replication,
        bytes: BYTES,
        batch: 256
      })
      const host = await native.ask<{ publicKey: string }>('share', {
        storage: `${folder}/blocks`,
        bootstrap,
        key: single.key
      })
      const mirrored = await client.ask<{ ms: number }>('mirror', {
        blocks: sizes.replication,
        key: single.key,
        storage: `${folder}/mirror`,
        host: { bootstrap, publicKey: host.publicKey }
      })
      await native.ask('unshare')
      rate('replication', sizes.replication, mirrored.ms)

      const burst = await send(sizes.pages - 1, 64, 1)
      const read = (roomKey: string, messages: number) =>
        client.ask<{ ms: number }>('read', { ...target, messages, roomKey })
      rate('pages', sizes.pages, (await read(burst.roomKey, sizes.pages)).ms)
      const mirroredPages = await client.ask<{ ms: number }>('mirrorRoom', {
        ...target,
        roomKey: burst.roomKey,
        storage: `${folder}/pages`
      })
      rate('nativePages', sizes.pages, mirroredPages.ms)

      const quiet = await client.ask<{ times: number[]; roomKey: string }>('quiet', {
        ...target,
        messages: sizes.quiet,
        bytes: BYTES
      })
      rate('quiet', sizes.quiet, (await read(quiet.roomKey, sizes.quiet)).ms)

      const proven = await client.ask<{ ms: number }>('proven', {
        ...target,
        messages: sizes.sealedSends + 1,
        invite: sealed.invite
      })
      rate('proven', sizes.sealedSends, proven.ms)

      const one = await client.ask<{ times: number[] }>('sendOneByOne', {
        ...target,
        messages: sizes.one,
        bytes: BYTES
      })
      figures.sendMedianMs = median(one.times)

      rate('rooms100', sizes.rooms100, (await send(sizes.rooms100, 1, 100)).ms)
      rate('rooms1000', sizes.rooms1000, (await send(sizes.rooms1000, 1, 1000)).ms)

      const fanout = await client.ask<{ ms: number }>('fanout', {
        ...target,
        messages: sizes.fanout,
        bytes: BYTES,
        followers: 100
      })
      rate('fanout', sizes.fanout * 100, fanout.ms)
      return figures
    }
  } finally {
    await root.ask('close').catch(() => {})
    for (const role of [client, native, root]) await role.stop()
    await testnet.destroy()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
