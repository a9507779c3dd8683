// Everything below a folder. The next page of a folder is asked for while the one before is looked through.

import { wireLimits } from '../../protocol/limits.ts'
import { normalPath } from '../../protocol/paths.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { FileInfo } from './file-info.ts'
import type { FolderPage } from './files-options.ts'

interface Walkable {
  list(
    path: string,
    options: { from?: string; limit?: number; signal?: StopSignal }
  ): Promise<FolderPage>
}

/** Each folder before what is in it. Throws as `list` does. */
export async function* walk(
  files: Walkable,
  path: string,
  options: { signal?: StopSignal }
): AsyncGenerator<FileInfo> {
  // As many as an answer may have: nobody waits for the first of them to be shown.
  const large = { ...options, limit: wireLimits.fileEntriesMax }
  const folders: string[] = [normalPath(path)]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let asked: Promise<FolderPage> | null = files.list(folder, large)
    while (asked !== null) {
      const page: FolderPage = await asked
      asked = page.next === null ? null : files.list(folder, { ...large, from: page.next })
      asked?.catch(() => {}) // whoever takes it is told
      for (const file of page.files) {
        if (file.kind === 'folder') folders.push(file.path)
        yield file
      }
    }
  }
}
