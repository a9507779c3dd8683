// Everything that a room's files and state are made from, put together once.

import type { AuthorKey } from '../../protocol/bytes.ts'
import { formatKey } from '../../protocol/bytes.ts'
import type { RoomParts } from '../room-parts.ts'
import { Catalog } from './catalog.ts'
import type { Located } from './catalog.ts'
import { Changes } from './changes.ts'
import { ContentReader } from './content-reader.ts'
import { Couriers } from './couriers.ts'
import { FileRoots } from './file-roots.ts'
import { KeptUploads } from './kept-uploads.ts'
import { Lookup } from './lookup.ts'
import type { FilesParts } from './room-files.ts'
import { Writer } from './writer.ts'

/** @param ahead how many of those who are there come before us in bringing roots what they lack. */
export function filesParts(parts: RoomParts, ahead: () => number): FilesParts {
  const { keys, identity, now, profile, refill, waits } = parts
  const roots = new FileRoots(keys.id)
  const catalog = new Catalog(keys)
  const reader = new ContentReader({ keys, roots, catalog })
  const turnMs = (): number => ahead() * waits.refillTurnMs
  const room = formatKey(keys.id)
  const uploads = profile === null ? null : new KeptUploads(profile, room)
  const couriers =
    refill && keys.writer !== null
      ? new Couriers({
          ...{ keys, catalog, reader, roots, profile, turnMs },
          author: identity.publicKey as AuthorKey,
          room
        })
      : null
  const stored = (located: Located): void => couriers?.stored(located)
  const files: FilesParts = {
    keys,
    roots,
    catalog,
    reader,
    couriers,
    lookup: new Lookup(keys, roots, catalog),
    writer: new Writer({ keys, identity, roots, catalog, now, uploads, stored }),
    changes: new Changes(roots, catalog)
  }
  parts.keep?.(files)
  return files
}
