// Everything that a room's files and state are made from, put together once.

import type { KeyPair } from '../../protocol/bytes.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { Catalog } from './catalog.ts'
import { Changes } from './changes.ts'
import { ContentReader } from './content-reader.ts'
import { FileRoots } from './file-roots.ts'
import { Lookup } from './lookup.ts'
import type { FilesParts } from './room-files.ts'
import { Writer } from './writer.ts'

export function filesParts(keys: RoomKeys, identity: KeyPair, now: () => number): FilesParts {
  const roots = new FileRoots(keys.id)
  const catalog = new Catalog(keys)
  return {
    keys,
    roots,
    catalog,
    lookup: new Lookup(keys, roots, catalog),
    writer: new Writer({ keys, identity, roots, catalog, now }),
    reader: new ContentReader({ keys, roots, catalog }),
    changes: new Changes(roots, catalog)
  }
}
