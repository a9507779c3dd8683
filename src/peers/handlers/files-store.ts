// `begin`, `chunk` and `commit`, and `put`: content and entries into the room's files. What is answered
// is synced.

import {
  readOnly,
  RootPeerError,
  tooLarge,
  tooMany,
  unavailable,
  windowOverrun
} from '../../protocol/errors.ts'
import { badChunk } from '../../protocol/files-errors.ts'
import type {
  FileBegin,
  FileChunk,
  FileCommit,
  FileEntry,
  FilePut
} from '../../protocol/files-channel.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { Access } from '../../protocol/keys.ts'
import { limits } from '../../limits.ts'
import { bytesIn } from '../../files/blobs.ts'
import type { Change } from '../../files/commits.ts'
import type { Reservation } from '../../files/space.ts'
import type { FilesSession } from '../files-session.ts'
import { toldAs } from '../told-as.ts'

/** @throws what closes the channel: a message out of place. */
export function onbegin(session: FilesSession, { request, key, attempt, size }: FileBegin): void {
  const { files, uploads } = session
  session.begin(request)
  if (session.room.access === Access.guest) return session.refuse(request, readOnly())
  if (size > limits.fileBytesMax) {
    return session.refuse(request, tooLarge('a file in bytes', limits.fileBytesMax, size))
  }
  if (uploads.size >= limits.fileUploadsMax) {
    return session.refuse(request, tooMany('uploads', limits.fileUploadsMax))
  }
  const begin = async (): Promise<void> => {
    const upload = await files.uploads.begin(mapKey(attempt), Uint8Array.from(key), size, session)
    const hash = await files.hashOf(upload.blobs)
    if (session.gone) return
    uploads.set(request, upload)
    session.send.ready({ request, chunks: upload.chunks, hash })
  }
  begin().catch((err: unknown) => session.refuse(request, toldAs(err)))
}

/** @throws what closes the channel: a chunk out of place, or over the window. */
export function onchunk(session: FilesSession, { request, index, bytes }: FileChunk): void {
  const { files, uploads } = session
  session.expectBegun(request)
  const upload = uploads.get(request)
  if (upload === undefined) return // what was sent before it was known that the request came to nothing
  const weight = bytes.byteLength + limits.fileOverheadBytes
  const held = reserve(session, weight)
  const fail = (err: unknown): void => {
    uploads.delete(request)
    session.refuse(request, toldAs(err))
  }
  if (held instanceof RootPeerError) return fail(held)
  const told = upload.chunks
  try {
    if (upload.owner !== session) throw badChunk('another connection goes on with this upload')
    files.uploads.push(upload, index, bytes, (err) => {
      held.written()
      if (err !== null) {
        held.answered()
        return failed(session, err, fail)
      }
      session.connection.peers.counters.fileBytesStored += bytes.byteLength
      session.connection.visitor.stored(0, bytes.byteLength)
      const { chunks } = upload
      session.paced.add(held.delayMs, () => {
        held.answered()
        // Several are held at once, and the last of them says it for all.
        if (chunks > told && index === chunks - 1 && !session.gone) {
          session.send.taken({ request, chunks })
        }
      })
    })
  } catch (err) {
    held.written()
    held.answered()
    fail(err)
  }
}

/** @throws what closes the channel: a message out of place. */
export function oncommit(session: FilesSession, { request, hash, keep, entry }: FileCommit): void {
  const { files, uploads } = session
  session.expectBegun(request)
  const upload = uploads.get(request)
  if (upload === undefined || upload.committing) {
    return session.refuse(request, badChunk('there is no upload to end here: begin one'))
  }
  const commit = async (): Promise<void> => {
    upload.committing = true
    await files.check(upload, entry.size, hash)
    const { key, blobs } = upload
    const { stored, refused, lost } = answers(
      session,
      request,
      NOTHING_HELD,
      files.reserve(weightOf(entry, []))
    )
    files.put({
      ...{ key, entry, keep, chunks: [], blobs, contentOf: 0, lost },
      stored(seq, storedAt) {
        uploads.delete(request)
        // Should it fail, the next open of these files does it.
        files.uploads.committed(upload).catch(() => {})
        stored(seq, storedAt)
      },
      refused(err) {
        upload.committing = false
        refused(err)
      }
    })
  }
  commit().catch((err: unknown) => {
    upload.committing = false
    session.refuse(request, toldAs(err))
  })
}

/** @throws what closes the channel: a message out of place, or over the window. */
export function onput(session: FilesSession, put: FilePut): void {
  const { files, room } = session
  const { request, key, keep, contentOf, entry, chunks } = put
  session.begin(request)
  if (room.access === Access.guest) return session.refuse(request, readOnly())
  const wrong = objection(put)
  if (wrong !== null) return session.refuse(request, wrong)
  const weight = weightOf(entry, chunks)
  const held = reserve(session, weight)
  if (held instanceof RootPeerError) return session.refuse(request, held)
  let space: Reservation
  try {
    space = files.reserve(weight)
  } catch (err) {
    held.written()
    held.answered()
    return session.refuse(request, toldAs(err))
  }
  const change = { key, keep, contentOf, entry, chunks, blobs: null }
  session.connection.peers.counters.fileBytesStored += bytesIn(chunks)
  files.put({ ...change, ...answers(session, request, held, space) })
}

function objection({ contentOf, entry, chunks }: FilePut): RootPeerError | null {
  const bytes = bytesIn(chunks)
  if (contentOf > 0 || entry.deleted) {
    return chunks.length === 0
      ? null
      : badChunk('chunks of an entry that has its content elsewhere')
  }
  if (chunks.some(({ byteLength }) => byteLength === 0)) return badChunk('a chunk of nothing')
  if (bytes === entry.size) return null
  return badChunk(`${bytes} bytes came along, and the entry says ${entry.size}`)
}

function answers(
  session: FilesSession,
  request: number,
  held: Held,
  space: Reservation
): Pick<Change, 'stored' | 'refused' | 'lost'> {
  const { connection } = session
  return {
    stored(seq, storedAt) {
      held.written()
      space.keep()
      connection.peers.counters.filesStored++
      connection.visitor.stored(0, held.bytes)
      session.paced.add(held.delayMs, () => {
        held.answered()
        session.committed({ request, seq, storedAt })
      })
    },
    refused(err) {
      held.written()
      held.answered()
      space.release()
      session.refuse(request, toldAs(err))
    },
    lost() {
      held.written()
      held.answered()
      space.release()
      session.deny(unavailable())
    }
  }
}

/** What a message holds while it is under way. */
interface Held {
  readonly bytes: number
  /** How long its answer waits, for the sake of its sender's pace. */
  readonly delayMs: number
  /** Its bytes wait for the disk no more. */
  written(): void
  /** It is answered: what it took of the window is given back. */
  answered(): void
}

const NOTHING_HELD: Held = { bytes: 0, delayMs: 0, written() {}, answered() {} }

/** Takes from what may wait, of this channel, of this connection, of all together; and from the sender's pace. */
function reserve(session: FilesSession, weight: number): Held | RootPeerError {
  const { window, connection } = session
  const { pending, peers, visitor } = connection
  if (!window.take(weight)) throw windowOverrun(window.bytesMax)
  const answered = (): void => window.release(weight)
  const tooMuch = (message: string): RootPeerError => {
    answered()
    return new RootPeerError('RATE_LIMITED', message)
  }
  const waits = 'too much waits to be written: send again when it was answered'
  if (!pending.take(weight)) return tooMuch(waits)
  if (!peers.pending.take(weight)) {
    pending.release(weight)
    return tooMuch(waits)
  }
  const written = (): void => {
    pending.release(weight)
    peers.pending.release(weight)
  }
  const delayMs = visitor.charge(0, weight)
  if (typeof delayMs === 'number') return { bytes: weight, delayMs, written, answered }
  written()
  return tooMuch('more bytes are sent than may be for long: send again later')
}

function weightOf({ sealed }: FileEntry, chunks: readonly Uint8Array[]): number {
  return bytesIn(chunks) + sealed.byteLength + limits.fileOverheadBytes
}

/** Of a write that found no room nothing was stored; of any other nobody knows. */
function failed(session: FilesSession, err: unknown, refuse: (err: unknown) => void): void {
  const error = session.connection.peers.options.files.noteWriteError(err)
  if (error.code === 'DISK_FULL') refuse(error)
  else session.deny(unavailable())
}
