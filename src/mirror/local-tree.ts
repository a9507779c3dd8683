// A local folder as a mirror sees it: what files are in it, and where in it a path may be written. Nothing
// that a room says leads out of it: no name, and no link that lies in it.

import { lstat, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { RootPeerError } from '../protocol/errors.ts'
import { normalPath } from '../protocol/paths.ts'

/** A file that is being written: never taken for one of the folder's. */
const PART = /^\.root-peer-[0-9a-f]{16}\.part$/

export interface LocalFile {
  /** In the folder, with `/`, in the form that rooms have. */
  path: string
  kind: 'file' | 'folder'
  /** Where it really is. */
  file: string
  size: number
  modifiedAt: number
}

/** Something in the folder that is not mirrored, and why. */
export interface Skipped {
  path: string
  reason: string
}

export class LocalTree {
  readonly #root: string
  /** Folders that were found to lie within, as they are. */
  readonly #within = new Map<string, Promise<void>>()

  private constructor(root: string) {
    this.#root = root
  }

  /** Makes the folder if it is missing. */
  static async open(folder: string, make: boolean): Promise<LocalTree> {
    if (make) await mkdir(folder, { recursive: true })
    return new LocalTree(await realpath(folder))
  }

  /** All that is in it, each folder before what is in it. A link counts as the file it leads to, if that is in it too. */
  async *walk(skipped: (what: Skipped) => void): AsyncGenerator<LocalFile> {
    const folders = ['']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const entries = await readdir(path.join(this.#root, folder), { withFileTypes: true })
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        if (PART.test(entry.name)) continue
        const inside = folder === '' ? entry.name : `${folder}/${entry.name}`
        try {
          const found = await this.#look(inside, entry.isSymbolicLink())
          if (found.kind === 'folder') folders.push(inside)
          yield found
        } catch (err) {
          skipped({ path: inside, reason: (err as Error).message })
        }
      }
    }
  }

  /**
   * Where a path of the room may be written.
   *
   * @throws `BAD_PATH` if it would be outside, or can't be a name here.
   */
  async place(inside: string): Promise<string> {
    const segments = normalPath(inside).split('/')
    if (segments.some((name) => !isNameHere(name))) {
      throw new RootPeerError('BAD_PATH', `this can't be the name of a file here: ${inside}`)
    }
    const folder = path.join(this.#root, ...segments.slice(0, -1))
    let checked = this.#within.get(folder)
    if (checked === undefined) {
      checked = this.#makeWithin(segments.slice(0, -1))
      this.#within.set(folder, checked)
    }
    await checked
    return path.join(folder, segments.at(-1) ?? '')
  }

  /** Makes a folder of the room here. */
  async makeFolder(inside: string): Promise<void> {
    await this.place(`${inside}/_`)
  }

  /** Deletes what is not to be kept, the deepest first; gives the paths that are gone. */
  async *prune(keeps: (path: string) => boolean): AsyncGenerator<string> {
    const found: LocalFile[] = []
    for await (const each of this.walk(() => {})) if (!keeps(each.path)) found.push(each)
    for (const { file, kind, path: inside } of found.toReversed()) {
      if (kind === 'file') await rm(file)
      else await rmdir(file)
      yield inside
    }
  }

  async #look(inside: string, isLink: boolean): Promise<LocalFile> {
    const file = path.join(this.#root, inside)
    if (isLink && !this.#contains(await realpath(file))) throw new Error('a link that leads out')
    const found = await stat(file)
    if (isLink && found.isDirectory()) throw new Error('a link to a folder')
    if (!found.isFile() && !found.isDirectory()) throw new Error('neither a file nor a folder')
    const kind = found.isDirectory() ? 'folder' : 'file'
    return {
      path: normalPath(inside),
      kind,
      file,
      size: kind === 'file' ? found.size : 0,
      modifiedAt: Math.round(found.mtimeMs)
    }
  }

  /** Each folder on the way is a real one of ours: made here, or there and no link. */
  async #makeWithin(segments: readonly string[]): Promise<void> {
    let folder = this.#root
    for (const segment of segments) {
      folder = path.join(folder, segment)
      await mkdir(folder).catch((err: NodeJS.ErrnoException) => {
        if (err.code !== 'EEXIST') throw err
      })
      if (!(await lstat(folder)).isDirectory()) {
        throw new RootPeerError(
          'BAD_PATH',
          `there is something else where a folder belongs: ${folder}`
        )
      }
    }
  }

  #contains(file: string): boolean {
    return file.startsWith(this.#root + path.sep)
  }
}

/** Whether a name of the room is one name on this system, and not a path, a drive or a stream. */
function isNameHere(name: string): boolean {
  return process.platform === 'win32' ? !/[\\/:*?"<>|]|[. ]$/.test(name) : !name.includes(path.sep)
}
