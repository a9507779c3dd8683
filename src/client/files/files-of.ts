// Everything that a room's files and state are made from, put together once.

import type { AuthorKey, KeyPair } from '../../protocol/bytes.ts'
import { formatKey } from '../../protocol/bytes.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { Profile } from '../profile/profile.ts'
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

export interface FilesSetting {
  keys: RoomKeys
  identity: KeyPair
  now: () => number
  /** Whether roots are brought what they lack, by who may write. */
  brings: boolean
  profile: Profile | null
  turnMs: () => number
}

export function filesParts({ keys, identity, now, ...setting }: FilesSetting): FilesParts {
  const roots = new FileRoots(keys.id)
  const catalog = new Catalog(keys)
  const reader = new ContentReader({ keys, roots, catalog })
  const { brings, profile, turnMs } = setting
  const room = formatKey(keys.id)
  const uploads = profile === null ? null : new KeptUploads(profile, room)
  const couriers =
    brings && keys.writer !== null
      ? new Couriers({
          ...{ keys, catalog, reader, roots, profile, turnMs },
          author: identity.publicKey as AuthorKey,
          room: formatKey(keys.id)
        })
      : null
  const stored = (located: Located): void => couriers?.stored(located)
  return {
    keys,
    roots,
    catalog,
    reader,
    couriers,
    lookup: new Lookup(keys, roots, catalog),
    writer: new Writer({ keys, identity, roots, catalog, now, uploads, stored }),
    changes: new Changes(roots, catalog)
  }
}
