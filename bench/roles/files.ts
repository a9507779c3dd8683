// A client of the bench that puts and gets files, in a process of its own. Every command answers with
// milliseconds.

import { RootPeerClient } from '../../src/client/client.ts'
import type { FileInfo } from '../../src/client/files/file-info.ts'
import type { Room } from '../../src/client/room.ts'
import { fetchDrive, fetchStream, shareDrive, shareStream } from '../drive.ts'
import type { Host } from '../drive.ts'
import { serve } from '../processes.ts'
import type { Target } from '../wire.ts'

const clock = (): number => Number(process.hrtime.bigint()) / 1e6
const PIECE = Buffer.alloc(1024 * 1024, 7)

let client: RootPeerClient | null = null
let room: Room | null = null
let host: Host | null = null

/** The files of the room that is open. */
function files(): Room['files'] {
  if (room === null) throw new Error('no room is open')
  return room.files
}

async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE.byteLength) {
    yield left < PIECE.byteLength ? PIECE.subarray(0, left) : PIECE
  }
}

const path = (i: number): string => `folder/file ${i}`

/** Does something for each number, so many at a time. */
async function each(
  count: number,
  atOnce: number,
  work: (i: number) => Promise<unknown>
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

serve({
  async open({ bootstrap, publicKey, invite }: Target & { invite: string | null }) {
    client = new RootPeerClient({ bootstrap, host: '127.0.0.1', roots: [publicKey], direct: false })
    room = invite === null ? await client.createRoom() : await client.join(invite)
    await room.files.stat('nothing')
    return { invite: room.invite }
  },
  async close() {
    await client?.close()
    client = null
  },
  async upload({ name, bytes }: { name: string; bytes: number }) {
    const began = clock()
    await files().put(name, () => pieces(bytes), { size: bytes })
    return { ms: clock() - began }
  },
  async download({ name, bytes }: { name: string; bytes: number }) {
    const began = clock()
    let got = 0
    for await (const piece of await files().get(name)) got += piece.byteLength
    if (got !== bytes) throw new Error(`${got} bytes of ${bytes}`)
    return { ms: clock() - began }
  },
  async putMany({ count, bytes }: { count: number; bytes: number }) {
    const content = Buffer.alloc(bytes, 7)
    const began = clock()
    await each(count, 512, (i) => files().put(path(i), content))
    return { ms: clock() - began }
  },
  /** As a Hyperdrive is fetched: listed, and many read at a time. */
  async getMany({ count, bytes }: { count: number; bytes: number }) {
    const began = clock()
    const found: FileInfo[] = []
    for await (const file of files().walk('folder')) found.push(file)
    let got = 0
    for await (const { bytes: content } of files().getMany(found)) {
      if (content.byteLength !== bytes) throw new Error('another content')
      got++
    }
    if (got !== count) throw new Error(`${got} files of ${count}`)
    return { ms: clock() - began }
  },
  /** Sends messages, each when the one before was stored, for as long as `until` says or `count` of them. */
  async messages({ count }: { count: number }) {
    const times: number[] = []
    if (room === null) throw new Error('no room is open')
    for (let i = 0; i < count; i++) {
      const began = clock()
      await room.send('a message')
      times.push(clock() - began)
    }
    return { times }
  },
  /** Puts a file and looks when it was committed; the other side looks when it hears of it. */
  async change({ name }: { name: string }) {
    await files().put(name, Buffer.alloc(100, 7))
    return { at: Date.now() }
  },
  async hear({ name }: { name: string }) {
    for await (const change of files().watch()) {
      if (change.kind === 'put' && change.file.path === name) break
    }
    return { at: Date.now() }
  },
  async list() {
    const began = clock()
    const page = await files().list('folder')
    return { ms: clock() - began, files: page.files.length }
  },
  memory() {
    global.gc?.()
    return process.memoryUsage().rss
  },
  peak: () => process.resourceUsage().maxRSS * 1024,
  async shareDrive(options: Parameters<typeof shareDrive>[0]) {
    const shared = await shareDrive(options)
    host = shared
    return { publicKey: shared.publicKey, key: shared.key, ms: shared.ms }
  },
  fetchDrive: (options: Parameters<typeof fetchDrive>[0]) => fetchDrive(options),
  async shareStream({ bootstrap, bytes }: { bootstrap: string[]; bytes: number }) {
    host = await shareStream(bootstrap, bytes)
    return { publicKey: host.publicKey }
  },
  fetchStream: ({ bytes, ...target }: Target & { bytes: number }) => fetchStream(target, bytes),
  async unshare() {
    await host?.close()
    host = null
  }
})
