// The files channel of a raw peer: says exactly what a test wants, and sorts what it hears by request.

import b4a from 'b4a'
import type { Channel } from 'protomux'
import { ChunksHash } from '../../src/protocol/chunks-hash.ts'
import { wireCode } from '../../src/protocol/errors.ts'
import type {
  FileEntry,
  FilePart,
  FilesGranted,
  FilesMessageName,
  FilesSenders,
  StoredFile
} from '../../src/protocol/files-channel.ts'
import {
  addFilesMessages,
  FILES_PROTOCOL,
  filesHandshake,
  filesMessages
} from '../../src/protocol/files-channel.ts'
import type { RoomKeys } from '../../src/protocol/keys.ts'
import type { RawPeer } from './raw-peer.ts'
import { Inbox } from './raw-peer.ts'

type Messages = {
  [Name in FilesMessageName]: ReturnType<(typeof filesMessages)[Name]['codec']['decode']>
}

/** What came for one request, with its name. */
export type Answer = {
  [Name in FilesMessageName]: { name: Name; message: Messages[Name] }
}[FilesMessageName]

export const bytesOf = (length: number, value: number): Uint8Array => b4a.alloc(length, value)

/** A key in a folder, both named by a number. */
export function keyOf(folder: number, child: number): Uint8Array {
  const key = b4a.alloc(64, folder)
  key.fill(0, 32)
  new DataView(key.buffer, key.byteOffset).setUint32(32, child)
  return key
}

export const folderOf = (folder: number): Uint8Array => b4a.alloc(32, folder)

export function entryOf(version: number, size: number, rest: Partial<FileEntry> = {}): FileEntry {
  return { version, deleted: false, size, sealed: b4a.from(`entry ${version}`), ...rest }
}

export function hashOf(chunks: readonly Uint8Array[]): Uint8Array {
  const hash = new ChunksHash()
  for (const chunk of chunks) hash.add(chunk)
  return hash.value
}

export class RawFiles {
  readonly send: FilesSenders
  readonly granted: Promise<FilesGranted>
  /** The code with which the root closed this channel, once it has. */
  readonly denied: Promise<string>
  /** Resolves when the channel is closed, by whoever. */
  readonly closed: Promise<void>
  readonly #channel: Channel<null, null>
  readonly #inboxes = new Map<number, Inbox<Answer>>()
  #request = 0

  constructor(peer: RawPeer, id: Uint8Array) {
    let closed = (): void => {}
    this.closed = new Promise((resolve) => (closed = resolve))
    const channel = peer.mux.createChannel<null, null>({
      protocol: FILES_PROTOCOL,
      id,
      unique: false,
      handshake: filesHandshake,
      onclose: () => closed()
    })
    if (channel === null) throw new Error('the connection is gone')
    this.#channel = channel
    const granted = new Inbox<FilesGranted>()
    const denied = new Inbox<Messages['denied']>()
    const handlers: Record<string, (message: never) => void> = {}
    for (const name of Object.keys(filesMessages) as FilesMessageName[]) {
      handlers[name] = (message: Messages[FilesMessageName]) => {
        const request = 'request' in message ? message.request : -1
        this.#inbox(request).put({ name, message } as Answer)
      }
    }
    handlers.granted = (message: FilesGranted) => granted.put(message)
    handlers.denied = (message: Messages['denied']) => denied.put(message)
    this.send = addFilesMessages(channel, handlers)
    this.granted = granted.take()
    this.denied = denied.take().then(async ({ code }) => {
      await this.closed
      return wireCode(code)
    })
    channel.open(null)
  }

  /** Enters the room, and opens its files. */
  static async enter(peer: RawPeer, keys: RoomKeys): Promise<RawFiles> {
    await peer.enter(keys)
    const files = new RawFiles(peer, keys.id)
    await files.granted
    return files
  }

  next(): number {
    return this.#request++
  }

  /** The next answer to a request, whatever it is. */
  answer(request: number): Promise<Answer> {
    return this.#inbox(request).take()
  }

  /** The next answer, which must be of this name. */
  async take<Name extends FilesMessageName>(request: number, name: Name): Promise<Messages[Name]> {
    const answer = await this.answer(request)
    if (answer.name === name) return answer.message as Messages[Name]
    const code = answer.name === 'refused' ? wireCode(answer.message.code) : ''
    throw new Error(`"${answer.name}" ${code} where "${name}" was expected`)
  }

  waiting(request: number): number {
    return this.#inbox(request).size
  }

  /** The code of the refusal that comes next. */
  async refused(request: number): Promise<string> {
    return wireCode((await this.take(request, 'refused')).code)
  }

  put(
    key: Uint8Array,
    version: number,
    chunks: readonly Uint8Array[],
    rest: { keep?: number; contentOf?: number; entry?: FileEntry } = {}
  ): number {
    const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const { keep = 0, contentOf = 0, entry = entryOf(version, size) } = rest
    const request = this.next()
    this.send.put({ request, key, keep, contentOf, entry, chunks })
    return request
  }

  /** Stores small content; its seq. */
  async store(...put: Parameters<RawFiles['put']>): Promise<number> {
    return (await this.take(this.put(...put), 'committed')).seq
  }

  remove(key: Uint8Array, version: number): Promise<number> {
    return this.store(key, version, [], { entry: entryOf(version, 0, { deleted: true }) })
  }

  async begin(
    key: Uint8Array,
    attempt: number,
    size: number
  ): Promise<[number, Messages['ready']]> {
    const request = this.next()
    this.send.begin({ request, key, attempt: bytesOf(16, attempt), size })
    return [request, await this.take(request, 'ready')]
  }

  chunk(request: number, index: number, bytes: Uint8Array): void {
    this.send.chunk({ request, index, bytes })
  }

  /** Resolves when so many chunks are held. */
  async taken(request: number, chunks: number): Promise<void> {
    while ((await this.take(request, 'taken')).chunks < chunks);
  }

  commit(request: number, chunks: readonly Uint8Array[], entry: FileEntry, keep = 0): void {
    this.send.commit({ request, hash: hashOf(chunks), keep, entry })
  }

  async stat(...keys: Uint8Array[]): Promise<readonly StoredFile[]> {
    const request = this.next()
    this.send.stat({ request, keys })
    return (await this.take(request, 'entries')).entries
  }

  async list(
    folder: number,
    limit = 1000,
    after: Uint8Array | null = null
  ): Promise<Messages['entries']> {
    const request = this.next()
    this.send.list({ request, folder: folderOf(folder), after, limit })
    return this.take(request, 'entries')
  }

  async versions(key: Uint8Array): Promise<readonly StoredFile[]> {
    const request = this.next()
    this.send.versions({ request, key })
    return (await this.take(request, 'entries')).entries
  }

  /** All parts of an answer to `get`. */
  async get(
    files: readonly { key: Uint8Array; seq?: number; from?: number; to?: number }[],
    limit = 2 ** 40
  ): Promise<FilePart[]> {
    const request = this.next()
    const wanted = files.map(({ key, seq = 0, from = 0, to = 0 }) => ({ key, seq, from, to }))
    this.send.get({ request, files: wanted, limit })
    const parts: FilePart[] = []
    for (;;) {
      const chunks = await this.take(request, 'chunks')
      parts.push(...chunks.parts)
      if (chunks.end) return parts
    }
  }

  watch(rest: Partial<Messages['watch']> = {}): number {
    const request = this.next()
    const all = { index: null, seq: 0, folder: null, live: true, limit: 10_000 }
    this.send.watch({ request, ...all, ...rest })
    return request
  }

  close(): void {
    this.#channel.close()
  }

  #inbox(request: number): Inbox<Answer> {
    let inbox = this.#inboxes.get(request)
    if (inbox === undefined) this.#inboxes.set(request, (inbox = new Inbox()))
    return inbox
  }
}
