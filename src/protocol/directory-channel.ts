// The directory channel, one per connection: profiles handed in and asked for, and who is here. Spoken by
// root peers, and by a person's own device of itself. Owns the table of messages. A position is never reused.

import type { Channel } from 'protomux'
import type { AuthorKey, Signature } from './bytes.ts'
import type { Codec } from './codec.ts'
import {
  bool,
  byte,
  checked,
  fixed,
  kept,
  list,
  nothing,
  optional,
  strict,
  struct,
  text,
  uint
} from './codec.ts'
import type {
  Accepted,
  Attend,
  DirectoryRefused,
  Find,
  FindBy,
  ListPeople,
  People,
  PeopleChanged,
  PeopleReset,
  Person,
  Publish,
  WatchPeople
} from './directory-messages.ts'
import { wireLimits } from './limits.ts'
import { at, tableOf } from './message-table.ts'
import type { Handlers, Senders } from './message-table.ts'
import { profileCodec } from './profile.ts'

export const DIRECTORY_PROTOCOL = 'root-peer/directory'
/** What a root announces that has one. */
export const DIRECTORY_FEATURE = 'directory'

export type * from './directory-messages.ts'
export { FindBy } from './directory-messages.ts'

const { detailBytesMax, peopleMax, watchedMax } = wireLimits

/** Both handshakes are empty. */
export const directoryHandshake: Codec<null> = strict(nothing, 'directory handshake')

const person: Codec<Person> = struct({
  identity: kept<AuthorKey>(32),
  profile: optional(profileCodec),
  online: bool,
  lastSeen: uint
})
const people = list(person, peopleMax)
const limit = checked(uint, (count) => count > 0, 'room for nobody')

/** Messages of the directory channel; `position` is where each stands, on both sides. */
export const directoryMessages = Object.freeze({
  publish: at(0, struct({ request: uint, profile: profileCodec }) as Codec<Publish>),
  attend: at(
    1,
    struct({
      request: uint,
      identity: kept<AuthorKey>(32),
      signature: fixed<Signature>(64)
    }) as Codec<Attend>
  ),
  accepted: at(2, struct({ request: uint }) as Codec<Accepted>),
  refused: at(
    3,
    struct({ request: uint, code: uint, detail: text(detailBytesMax) }) as Codec<DirectoryRefused>
  ),
  find: at(
    4,
    struct({
      request: uint,
      by: checked(byte, (by) => by <= 1, 'a search by nothing') as Codec<FindBy>,
      key: kept(32)
    }) as Codec<Find>
  ),
  list: at(
    5,
    struct({ request: uint, after: optional(kept<AuthorKey>(32)), limit }) as Codec<ListPeople>
  ),
  people: at(6, struct({ request: uint, people, end: bool }) as Codec<People>),
  watch: at(
    7,
    struct({
      request: uint,
      identities: list(kept<AuthorKey>(32), watchedMax),
      listed: bool
    }) as Codec<WatchPeople>
  ),
  changed: at(8, struct({ request: uint, people }) as Codec<PeopleChanged>),
  reset: at(9, struct({ request: uint }) as Codec<PeopleReset>)
})

type Table = typeof directoryMessages
export type DirectoryMessageName = keyof Table

/** What a side does with the messages that may reach it. A message without a handler is `UNEXPECTED`. */
export type DirectoryHandlers = Handlers<Table>

/** One function per message; false says that the stream has to drain. */
export type DirectorySenders = Senders<Table>

/** Gives a channel the table, in its order. */
export const addDirectoryMessages: (
  channel: Channel<never>,
  handlers: DirectoryHandlers
) => DirectorySenders = tableOf(directoryMessages)
