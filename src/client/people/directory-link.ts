// The directory channel on one link, to a root peer or to somebody's own device: opened whenever the link
// is up. Hands each answer to whoever asked. Believes nothing of what it is told.

import { EventEmitter } from 'events'
import type { Channel } from 'protomux'
import { proveAttendance } from '../../protocol/attendance.ts'
import type { AuthorKey, KeyPair } from '../../protocol/bytes.ts'
import {
  addDirectoryMessages,
  DIRECTORY_FEATURE,
  DIRECTORY_PROTOCOL,
  directoryHandshake
} from '../../protocol/directory-channel.ts'
import type {
  DirectorySenders,
  FindBy,
  People,
  Person,
  WatchPeople
} from '../../protocol/directory-channel.ts'
import { RootPeerError, wireCode } from '../../protocol/errors.ts'
import { Backoff } from '../backoff.ts'
import type { RootLink } from '../roots/root-link.ts'

interface DirectoryLinkEvents {
  open: []
  /** It closed, or does not open: nothing is asked there until it does. */
  closed: []
  /** Of those who are watched: how they stand now. */
  changed: [people: Person[]]
  /** So many have changed that they are to be listed again. */
  reset: []
}

/** Somebody who waits for an answer. */
interface Asked {
  answered: (people: People | null) => void
  failed: (err: RootPeerError) => void
}

/** What is watched, as it was said last; its request is the channel's. */
export type Watched = Omit<WatchPeople, 'request'>

export class DirectoryLink extends EventEmitter<DirectoryLinkEvents> {
  readonly link: RootLink
  readonly #answerMs: number
  readonly #backoff = new Backoff()
  readonly #asked = new Map<number, Asked>()
  #requests = 0
  #channel: Channel<null, null> | null = null
  #send: DirectorySenders | null = null
  #watching: number | null = null
  /** Whether it is there and has no such channel. */
  #lacking = false
  /** Until the link is up again it is not opened. */
  #interrupted = false
  #closed = false
  readonly #onup = (): void => this.#open()

  /** @param answerMs how long an answer may take, in milliseconds. */
  constructor(link: RootLink, answerMs: number) {
    super()
    this.setMaxListeners(0)
    this.link = link
    this.#answerMs = answerMs
    link.on('up', this.#onup)
    this.#open()
  }

  get isOpen(): boolean {
    return this.#send !== null
  }

  /** Whether it may open yet, or has. */
  get isPossible(): boolean {
    return !this.#lacking && !this.link.isAsleep
  }

  /** Resolves once it is open: false if it does not open in so many milliseconds, or has no directory. */
  ready(ms: number): Promise<boolean> {
    if (this.isOpen || this.#lacking || this.link.isAsleep) return Promise.resolve(this.isOpen)
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(patience)
        this.off('open', end)
        this.off('closed', end)
        resolve(this.isOpen)
      }
      const patience = setTimeout(end, ms)
      this.on('open', end)
      this.on('closed', end)
    })
  }

  /** Throws what the other side refused it with; `UNAVAILABLE`; `TIMEOUT`. */
  async publish(profile: Uint8Array): Promise<void> {
    await this.#ask((send, request) => send.publish({ request, profile }))
  }

  /** Says that this connection is ours. Throws as `publish` does. */
  async attend(identity: KeyPair): Promise<void> {
    const { up } = this.link
    if (up === null) throw wentAway()
    const signature = proveAttendance(identity, {
      handshakeHash: up.handshakeHash,
      prover: up.peer
    })
    const own = identity.publicKey as AuthorKey
    await this.#ask((send, request) => send.attend({ request, identity: own, signature }))
  }

  /** Those of whom it knows. Throws as `publish` does. */
  async find(by: FindBy, key: Uint8Array): Promise<Person[]> {
    return (await this.#people((send, request) => send.find({ request, by, key }))).people
  }

  /** A page of those who are listed. Throws as `publish` does. */
  page(after: AuthorKey | null, limit: number): Promise<People> {
    return this.#people((send, request) => send.list({ request, after, limit }))
  }

  /** Replaces what was watched. Says nothing while it is not open. */
  watch({ identities, listed }: Watched): void {
    if (this.#send === null) return
    if (this.#watching === null && identities.length === 0 && !listed) return
    this.#watching = this.#requests++
    this.#send.watch({ request: this.#watching, identities, listed })
  }

  /** Ends what was said on the channel, such as that we are here, and begins anew. */
  reopen(): void {
    this.#channel?.close()
  }

  /** Nobody waits for it any more, and no timer runs, while the link is asleep. */
  interrupt(): void {
    this.#interrupted = true
    this.#backoff.cancel()
    if (this.#channel === null) this.emit('closed')
    else this.#channel.close()
  }

  close(): void {
    this.#closed = true
    this.link.off('up', this.#onup)
    this.interrupt()
  }

  async #people(send: (send: DirectorySenders, request: number) => boolean): Promise<People> {
    const answer = await this.#ask(send)
    if (answer === null) throw new RootPeerError('HOSTILE_ROOT', 'an answer to another question')
    return answer
  }

  #ask(send: (send: DirectorySenders, request: number) => boolean): Promise<People | null> {
    const senders = this.#send
    if (senders === null) return Promise.reject(this.#lacking ? noDirectory(this) : wentAway())
    const request = this.#requests++
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(patience)
        this.#asked.delete(request)
      }
      const failed = (err: RootPeerError): void => {
        end()
        reject(err)
      }
      const patience = setTimeout(
        () => failed(new RootPeerError('TIMEOUT', 'the directory did not answer')),
        this.#answerMs
      )
      const answered = (people: People | null): void => {
        end()
        resolve(people)
      }
      this.#asked.set(request, { answered, failed })
      send(senders, request)
    })
  }

  #open(): void {
    const { up } = this.link
    if (up === null || this.#channel !== null || this.#closed) return
    this.#interrupted = false
    this.#lacking = !up.announcement.features.includes(DIRECTORY_FEATURE)
    if (this.#lacking) return void this.emit('closed')
    const channel = up.mux.createChannel<null, null>({
      protocol: DIRECTORY_PROTOCOL,
      handshake: directoryHandshake,
      onopen: () => {
        this.#backoff.reset()
        this.#send = send
        this.emit('open')
      },
      onclose: () => this.#onclose()
    })
    if (channel === null) return this.#backoff.schedule(() => this.#open())
    this.#channel = channel
    const send = addDirectoryMessages(channel, {
      accepted: ({ request }) => this.#asked.get(request)?.answered(null),
      people: (people) => this.#asked.get(people.request)?.answered(people),
      refused: ({ request, code, detail }) =>
        this.#asked.get(request)?.failed(new RootPeerError(wireCode(code), detail)),
      changed: ({ request, people }) => {
        if (request === this.#watching) this.emit('changed', people)
      },
      reset: ({ request }) => {
        if (request === this.#watching) this.emit('reset')
      }
    })
    channel.open(null)
  }

  #onclose(): void {
    this.#channel = null
    this.#send = null
    this.#watching = null
    for (const { failed } of [...this.#asked.values()]) failed(wentAway())
    this.emit('closed')
    // Where the link is up it was the channel alone that closed.
    if (!this.#interrupted && this.link.up !== null) this.#backoff.schedule(() => this.#open())
  }
}

function wentAway(): RootPeerError<'UNAVAILABLE'> {
  return new RootPeerError('UNAVAILABLE', 'the other side went away')
}

function noDirectory({ link }: DirectoryLink): RootPeerError<'NO_DIRECTORY'> {
  return new RootPeerError('NO_DIRECTORY', `root peer ${link.name} keeps no profiles`)
}
