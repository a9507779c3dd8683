// People, as an app sees them: publishing who we are, finding others by handle or key, and knowing them
// again. What it is made from is opened with the client.

import { EventEmitter } from 'events'
import type { AuthorKey, KeyPair } from '../../protocol/bytes.ts'
import { formatKey, parsePeerKey } from '../../protocol/bytes.ts'
import { RootPeerError, tooLarge } from '../../protocol/errors.ts'
import { parseHandle } from '../../protocol/handle.ts'
import { safetyCode } from '../../protocol/safety-code.ts'
import { clientLimits } from '../limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { SearchParts } from './handle-search.ts'
import { HandleSearch } from './handle-search.ts'
import { findByKey } from './key-search.ts'
import { listPeople } from './listing.ts'
import type { OpenPeople, OwnDevice } from './opening.ts'
import { checkOptions } from './own-profile.ts'
import type { OwnProfileNote } from './own-profile.ts'
import { PeopleWatch } from './people-watch.ts'
import type { Publication } from './publication.ts'
import type {
  OwnProfile,
  PeopleEvents,
  PersonChange,
  PersonInfo,
  Pin,
  Published,
  PublishOptions,
  Search,
  WatchOptions
} from './types.ts'
import type { Watches } from './watches.ts'

/** What a client that is open gives. */
export interface PeopleParts extends SearchParts {
  identity: KeyPair
  own: OwnProfileNote
  publication: Publication
  watches: Watches
  device: OwnDevice
}

export class People extends EventEmitter<PeopleEvents> {
  readonly #opened: () => Promise<PeopleParts>
  readonly #searches = new Set<Search>()
  readonly #watching = new Set<PeopleWatch>()
  #own: OwnProfileNote | null = null
  #watched = 0
  #asleep = false

  /** @param opened opens the client, if it is not. */
  constructor(opened: () => Promise<PeopleParts>) {
    super()
    this.#opened = opened
  }

  /** What is published of us; null if nothing is, or before the client is ready. */
  get own(): OwnProfile | null {
    return this.#own?.shown ?? null
  }

  /**
   * Signs who we are, in place of what was published before, and keeps it published: root peers that lack it
   * get it whenever they are reached, and it is signed anew before its time is over, while the client runs.
   * Resolves once every root peer that can be reached has answered.
   *
   * @throws `BAD_HANDLE`, `BAD_PROFILE`, `PROFILE_FAILED`
   */
  async publish(options: PublishOptions): Promise<Published> {
    checkOptions(options)
    const { own, publication, directories, register } = await this.#open()
    await directories.chosen()
    await own.sign(options, publication.roots, register.now)
    return this.#bring()
  }

  /** Takes back what was published, at every root peer that is or will be reached. */
  async withdraw(): Promise<Omit<Published, 'profile'>> {
    const { own, publication, register } = await this.#open()
    if ((await own.withdraw(register.now)) === null) return { stored: [], refused: [] }
    const { stored, refused } = await this.#bring()
    publication.depart()
    return { stored, refused }
  }

  /**
   * Who claims a handle. The first who does without doubt is its owner here from then on.
   *
   * @throws `BAD_HANDLE`, from what it returns
   */
  lookup(handle: string, options: { signal?: StopSignal } = {}): Search {
    const parsed = parseHandle(handle)
    const { signal } = options
    let search: HandleSearch | null = null
    let stopped = signal?.aborted === true
    const begun = this.#open().then((parts) => {
      parts.register.learn(parsed)
      search = new HandleSearch(parts, parsed, (identity) =>
        parts.pins.pin(parsed, identity, parts.register.now)
      )
      const own = search
      this.#searches.add(own)
      void own.all.catch(() => {}).then(() => this.#searches.delete(own))
      if (stopped || this.#asleep) own.stop()
      return own
    })
    const stop = (): void => {
      stopped = true
      search?.stop()
    }
    signal?.addEventListener('abort', stop)
    const all = begun
      .then((each) => each.all)
      .finally(() => signal?.removeEventListener('abort', stop))
    all.catch(() => {}) // whoever asks for it is told
    return {
      all,
      stop,
      async *[Symbol.asyncIterator]() {
        yield* await begun
      }
    }
  }

  /** Who has this identity key, in z32 or hex; null if nobody knows. Throws `BAD_KEY`. */
  async find(key: string): Promise<PersonInfo | null> {
    const identity = identityFrom(key)
    return findByKey(await this.#open(), identity)
  }

  /** Everybody who is listed at our root peers, each once. Throws if none of them goes on. */
  async *list(options: { signal?: StopSignal } = {}): AsyncGenerator<PersonInfo> {
    const { directories, register } = await this.#open()
    const answering = await directories.answering()
    if (answering.length === 0) throw noRoots()
    for await (const person of listPeople(answering, register)) {
      if (options.signal?.aborted === true) return
      yield person
    }
  }

  /** What changes from now on, until the signal; of those given by key also how they stand now. */
  async *watch(options: WatchOptions = {}): AsyncGenerator<PersonChange> {
    const { keys = [], signal } = options
    const identities = keys.map(identityFrom)
    const { register, watches } = await this.#open()
    const { watchedOthersMax } = clientLimits
    const got = this.#watched + identities.length
    if (got > watchedOthersMax) throw tooLarge('who is watched by key', watchedOthersMax, got)
    const watch = new PeopleWatch(register, identities, options.listed ?? keys.length === 0)
    const end = (): void => watch.end()
    this.#watched = got
    this.#watching.add(watch)
    signal?.addEventListener('abort', end)
    if (signal?.aborted === true) end()
    watches.add(watch)
    try {
      yield* watch.changes()
    } finally {
      this.#watched -= identities.length
      this.#watching.delete(watch)
      signal?.removeEventListener('abort', end)
      watches.remove(watch)
    }
  }

  /** The code that two people compare by voice: it differs if either has the wrong key. Throws `BAD_KEY`. */
  async code(key: string): Promise<string> {
    const identity = identityFrom(key)
    const { identity: own } = await this.#open()
    return safetyCode(own.publicKey, identity)
  }

  /** Says whose a handle is. Throws `HANDLE_CHANGED` if it is another's here: unpin it first. */
  async pin(handle: string, key: string): Promise<void> {
    const parsed = parseHandle(handle)
    const identity = identityFrom(key)
    const { pins, register } = await this.#open()
    await pins.pin(parsed, identity, register.now)
  }

  /** Whose a handle is will be decided anew. Resolves with whether anybody's key was pinned. */
  async unpin(handle: string): Promise<boolean> {
    const parsed = parseHandle(handle)
    return (await this.#open()).pins.unpin(parsed)
  }

  async pins(): Promise<Pin[]> {
    const { pins } = await this.#open()
    return pins.list.map(({ handle, identity, pinnedAt }) => {
      return { handle, key: formatKey(identity), pinnedAt }
    })
  }

  /** The client is open. */
  begin(opened: OpenPeople): void {
    this.#own = opened.own
    opened.start({
      changed: (event) => this.emit('handle-changed', event),
      published: (event) => this.emit('published', event),
      refused: (event) => this.emit('refused', event)
    })
  }

  /** Nobody is looked for any more. */
  suspend(): void {
    this.#asleep = true
    for (const search of [...this.#searches]) search.stop()
  }

  resume(): void {
    this.#asleep = false
  }

  close(): void {
    this.suspend()
    for (const watch of this.#watching) watch.end()
  }

  async #open(): Promise<PeopleParts> {
    return this.#opened()
  }

  async #bring(): Promise<Published> {
    const { publication, device, directories } = await this.#open()
    publication.changed()
    const [outcomes] = await Promise.all([
      publication.bringAll(),
      directories.within(device.reachable)
    ])
    const refused = outcomes.flatMap(({ root, error }) => (error === null ? [] : [{ root, error }]))
    const stored = outcomes.flatMap(({ root, error }) => (error === null ? [root] : []))
    return { profile: this.own as OwnProfile, stored, refused }
  }
}

/** An identity key as people write it. Throws `BAD_KEY`. */
export function identityFrom(key: string): AuthorKey {
  return parsePeerKey(key) as Uint8Array as AuthorKey
}

/** Whether a text is a key rather than a handle. */
export function looksLikeKey(written: string): boolean {
  return /^([0-9a-f]{64}|[ybndrfg8ejkmcpqxot1uwisza345h769]{52})$/i.test(written.trim())
}

export function noRoots(): RootPeerError<'UNAVAILABLE'> {
  return new RootPeerError('UNAVAILABLE', 'no root peer that keeps profiles can be reached')
}
