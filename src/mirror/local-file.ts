// One file of a local folder: read in pieces, hashed as a room hashes it, and written beside its place,
// then put there at once. What a break leaves of it is gone on with.

import { createHash } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { mapKey } from '../protocol/bytes.ts'
import { contentHash, ContentHasher } from '../protocol/content.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { wireLimits } from '../protocol/limits.ts'
import type { FileInfo } from '../client/files/file-info.ts'

const { fileChunkBytes } = wireLimits

/** The bytes of a file, in pieces that are good until the next is asked for. */
export async function* readPieces(file: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    // Small files are many: none of them is read into more than it needs, and a byte to see that it has grown.
    const buffer = new Uint8Array(Math.min(fileChunkBytes, size + 1))
    for (;;) {
      let filled = 0
      while (filled < buffer.byteLength) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      if (filled > 0) yield buffer.subarray(0, filled)
      if (filled < buffer.byteLength) return
    }
  } finally {
    await handle.close()
  }
}

/** A file's hash as `FileInfo` has it; null if it is not a file of this size. */
export async function hashOf(file: string, size: number): Promise<string | null> {
  const found = await stat(file).catch(() => null)
  if (found === null || !found.isFile() || found.size !== size) return null
  const hasher = new ContentHasher(size)
  let read = 0
  for await (const piece of readPieces(file, size)) {
    hasher.add(piece)
    read += piece.byteLength
  }
  return read === size ? mapKey(contentHash({ size, groups: hasher.groups })) : null
}

/** Puts bytes that are at hand in a file's place. */
export async function writeWhole(file: string, info: FileInfo, bytes: Uint8Array): Promise<void> {
  const part = partOf(file, info)
  const handle = await open(part, 'w')
  await withHandle(handle, part, async () => {
    await handle.writeFile(bytes)
    await stamp(handle, info)
  })
  await settle(part, file)
}

/**
 * Puts a file in its place as its bytes come.
 *
 * @param read gives the bytes from a place on.
 * @throws `DISK_FULL`; what `read` throws. What came is kept, and gone on with the next time.
 */
export async function writeInTurn(
  file: string,
  info: FileInfo,
  read: (from: number) => AsyncIterable<Uint8Array>
): Promise<void> {
  const part = partOf(file, info)
  const kept = await stat(part).catch(() => null)
  const from = Math.floor(Math.min(kept?.size ?? 0, info.size) / fileChunkBytes) * fileChunkBytes
  await append(part, info, from, read(from))
  // What an earlier run has left was checked by nobody since.
  if (from > 0 && (await hashOf(part, info.size)) !== info.hash)
    await append(part, info, 0, read(0))
  await settle(part, file)
}

async function append(
  part: string,
  info: FileInfo,
  from: number,
  pieces: AsyncIterable<Uint8Array>
): Promise<void> {
  const handle = await open(part, from > 0 ? 'r+' : 'w')
  await withHandle(handle, part, async () => {
    let at = from
    for await (const piece of pieces) {
      let written = 0
      while (written < piece.byteLength) {
        const left = piece.byteLength - written
        written += (await handle.write(piece, written, left, at + written)).bytesWritten
      }
      at += piece.byteLength
    }
    await handle.truncate(at)
    await stamp(handle, info)
  })
}

async function withHandle(
  handle: FileHandle,
  part: string,
  work: () => Promise<void>
): Promise<void> {
  try {
    await work()
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOSPC') throw err
    throw new RootPeerError('DISK_FULL', `there is no room on the disk for ${part}`, { cause: err })
  } finally {
    await handle.close()
  }
}

async function stamp(handle: FileHandle, { modifiedAt }: FileInfo): Promise<void> {
  await handle.utimes(modifiedAt / 1000, modifiedAt / 1000)
}

async function settle(part: string, file: string): Promise<void> {
  try {
    await rename(part, file)
  } catch (err) {
    await rm(part)
    const { code } = err as NodeJS.ErrnoException
    if (code !== 'EISDIR' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw err
    throw new RootPeerError('BAD_PATH', `there is a folder where a file belongs: ${file}`)
  }
}

/** Beside its place, so that it can be moved there; of this very content, so that it can be gone on with. */
function partOf(file: string, { path: name, hash }: FileInfo): string {
  const digest = createHash('sha256').update(`${name}\0${hash}`).digest('hex').slice(0, 16)
  return path.join(path.dirname(file), `.root-peer-${digest}.part`)
}
