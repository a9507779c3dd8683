// The files of one room at a root made by hand: kept in memory, honest, and open to a test that wants to
// tamper with what is kept, or to hang up in the middle.

import b4a from 'b4a'
import type Protomux from 'protomux'
import type { CoreKey } from '../../../src/protocol/bytes.ts'
import { ChunksHash } from '../../../src/protocol/chunks-hash.ts'
import { wireNumber } from '../../../src/protocol/errors.ts'
import type { WireCode } from '../../../src/protocol/errors.ts'
import type {
  FileChunk,
  FileCommit,
  FileEntry,
  FilePart,
  FilePut,
  FilesSenders,
  FileWanted,
  StoredFile
} from '../../../src/protocol/files-channel.ts'
import {
  addFilesMessages,
  FilePartKind,
  FILES_PROTOCOL,
  filesHandshake
} from '../../../src/protocol/files-channel.ts'
import { wireLimits } from '../../../src/protocol/limits.ts'
import { TIME } from './writer.ts'

export interface KeptFile extends StoredFile {
  chunks: Uint8Array[]
}

interface Kept {
  attempt: string
  key: Uint8Array
  chunks: Uint8Array[]
  chain: ChunksHash
}

const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')

export class HandFiles {
  /** All that was ever stored, in order. */
  readonly log: KeptFile[] = []
  readonly uploads = new Map<string, Kept>()
  index: CoreKey = b4a.alloc(32, 1) as CoreKey
  /** Chunks that came, over all connections. */
  chunks = 0
  /** Called with each chunk before it is kept. */
  onchunk: (index: number) => void = () => {}
  /** Called for each part before it is sent. */
  onpart: (part: FilePart) => void = () => {}
  /** Called when an entry is stored, before that is answered. */
  onstored: () => void = () => {}
  readonly #live = new Set<(file: KeptFile) => void>()

  /** Speaks the files channel on this connection. */
  readonly onmux = (mux: Protomux): void => {
    mux.pair({ protocol: FILES_PROTOCOL }, (id) => this.#open(mux, id))
  }

  /** What stands under a key. */
  stands(key: Uint8Array): KeptFile | undefined {
    return this.log.findLast((file) => b4a.equals(file.key, key))
  }

  /** All that stands, by key. */
  get all(): KeptFile[] {
    const all = new Map(this.log.map((file) => [hex(file.key), file]))
    return [...all.values()].toSorted((a, b) => b4a.compare(a.key, b.key))
  }

  #open(mux: Protomux, id: Uint8Array | null): void {
    const running = new Map<number, Kept>()
    const mine = new Set<(file: KeptFile) => void>()
    const channel = mux.createChannel({
      protocol: FILES_PROTOCOL,
      id,
      handshake: filesHandshake,
      onclose: () => mine.forEach((each) => this.#live.delete(each))
    })
    if (channel === null) return
    const send: FilesSenders = addFilesMessages(channel, {
      begin: ({ request, attempt, key }) => {
        const name = hex(attempt)
        const kept = this.uploads.get(name) ?? {
          attempt: name,
          key: b4a.from(key),
          chunks: [],
          chain: new ChunksHash()
        }
        this.uploads.set(name, kept)
        running.set(request, kept)
        send.ready({ request, chunks: kept.chunks.length, hash: kept.chain.value })
      },
      chunk: ({ request, index, bytes }: FileChunk) => {
        const kept = running.get(request)
        this.chunks++
        this.onchunk(index)
        if (kept === undefined) return
        kept.chunks.push(b4a.from(bytes))
        kept.chain.add(bytes)
        send.taken({ request, chunks: kept.chunks.length })
      },
      commit: ({ request, entry }: FileCommit) => {
        const kept = running.get(request)
        if (kept === undefined) return
        if (!this.#store(send, request, kept.key, entry, kept.chunks)) return
        this.uploads.delete(kept.attempt)
      },
      put: ({ request, key, entry, chunks, contentOf }: FilePut) => {
        const of = contentOf === 0 ? undefined : this.log.find(({ seq }) => seq === contentOf)
        this.#store(send, request, key, entry, of?.chunks ?? chunks)
      },
      stop: ({ request }) => {
        running.delete(request)
      },
      stat: ({ request, keys }) => {
        const entries = keys.flatMap((key) => this.stands(key) ?? [])
        send.entries({ request, entries, end: true })
      },
      list: ({ request, folder, after, limit }) => {
        const inside = this.all.filter(
          ({ key, deleted }) => !deleted && b4a.equals(key.subarray(0, 32), folder)
        )
        const rest = inside.filter(
          ({ key }) => after === null || b4a.compare(key.subarray(32), after) > 0
        )
        send.entries({ request, entries: rest.slice(0, limit), end: rest.length <= limit })
      },
      versions: ({ request, key }) => {
        const all = this.log.filter((file) => b4a.equals(file.key, key)).toReversed()
        send.entries({ request, entries: all.slice(1), end: true })
      },
      get: ({ request, files }) => {
        for (const [file, wanted] of files.entries()) {
          for (const part of this.#parts(file, wanted)) {
            this.onpart(part)
            send.chunks({ request, parts: [part], end: false })
          }
        }
        send.chunks({ request, parts: [], end: true })
      },
      watch: ({ request, index, seq, folder, live }) => {
        if (index !== null && !b4a.equals(index, this.index)) {
          send.reset({ request, index: this.index, seq: 1 })
        }
        const wanted = (file: KeptFile): boolean =>
          folder === null || b4a.equals(file.key.subarray(0, 32), folder)
        const tell = (entries: KeptFile[]): void => {
          const next = this.log.length + 1
          send.changes({ request, index: this.index, entries, next, end: true })
        }
        tell(this.log.filter((file) => file.seq >= seq && wanted(file)))
        if (!live) return
        const follow = (file: KeptFile): void => {
          if (wanted(file)) tell([file])
        }
        mine.add(follow)
        this.#live.add(follow)
      },
      more: () => {}
    })
    channel.open(null)
    send.granted({
      access: 2,
      index: this.index,
      seq: this.log.length + 1,
      entries: 0,
      contentBytes: 0,
      fileBytesMax: 2 ** 40,
      windowBytes: wireLimits.filesWindowBytes
    })
  }

  #store(
    send: FilesSenders,
    request: number,
    key: Uint8Array,
    entry: FileEntry,
    chunks: readonly Uint8Array[]
  ): boolean {
    if (entry.version <= (this.stands(key)?.version ?? 0)) {
      refuse(send, request, 'FILE_CHANGED')
      return false
    }
    const seq = this.log.length + 1
    const sealed = b4a.from(entry.sealed)
    const copies = chunks.map((chunk) => b4a.from(chunk))
    const file = { ...entry, sealed, key: b4a.from(key), seq, storedAt: TIME, chunks: copies }
    this.log.push(file)
    this.onstored()
    for (const follow of this.#live) follow(file)
    send.committed({ request, seq, storedAt: TIME })
    return true
  }

  *#parts(file: number, { key, seq, from, to }: FileWanted): Generator<FilePart> {
    const stands = seq === 0 ? this.stands(key) : this.log.find((each) => each.seq === seq)
    const none = { file, chunk: 0, bytes: b4a.alloc(0) }
    if (stands === undefined) return yield { ...none, kind: FilePartKind.unknown }
    const end = to === 0 ? stands.chunks.length : to
    if (end > stands.chunks.length) return yield { ...none, kind: FilePartKind.outside }
    if (end === from) return yield { ...none, kind: FilePartKind.last }
    for (let chunk = from; chunk < end; chunk++) {
      const kind = chunk === end - 1 ? FilePartKind.last : FilePartKind.more
      yield { file, kind, chunk, bytes: stands.chunks[chunk] ?? b4a.alloc(0) }
    }
  }
}

function refuse(send: FilesSenders, request: number, code: WireCode): void {
  send.refused({ request, code: wireNumber(code), detail: `made by hand: ${code}` })
}
