// The files of one room at one root: the files channel, opened beside the room's once files are asked for,
// and again whenever it closes. Hands each answer to whoever asked, and keeps to the root's window.

import { EventEmitter } from 'events'
import type { Channel } from 'protomux'
import { RootPeerError, unexpected, wireCode } from '../../protocol/errors.ts'
import type {
  FileChanges,
  FileChunks,
  FileCommitted,
  FileEntries,
  FilesGranted,
  FilesReset,
  FilesSenders,
  FileReady,
  FileTaken
} from '../../protocol/files-channel.ts'
import { addFilesMessages, FILES_PROTOCOL, filesHandshake } from '../../protocol/files-channel.ts'
import type { RoomId } from '../../protocol/bytes.ts'
import { Window } from '../../protocol/window.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { Backoff } from '../backoff.ts'
import { clientLimits } from '../limits.ts'
import { Gate } from './gate.ts'
import type { RoomLink } from '../roots/room-link.ts'

/** Somebody who asked something, and is told what comes of it. */
export interface Asker {
  ready?(message: FileReady): void
  taken?(message: FileTaken): void
  committed?(message: FileCommitted): void
  entries?(message: FileEntries): void
  chunks?(message: FileChunks): void
  changes?(message: FileChanges): void
  reset?(message: FilesReset): void
  /** It came to nothing: the root refused it, or went away (`UNAVAILABLE`). Nothing more comes. */
  failed(error: RootPeerError): void
}

/** What a channel has once it was granted. */
export interface OpenFiles {
  readonly granted: FilesGranted
  readonly send: FilesSenders
}

interface FilesLinkEvents {
  granted: []
  closed: []
  /** The root does not let us in, or has no files at all. */
  denied: [error: RootPeerError]
}

export class FilesLink extends EventEmitter<FilesLinkEvents> {
  readonly room: RoomLink
  /** As many large uploads, questions and answers with content as a root allows on one channel, or fewer. */
  readonly uploads: Gate = new Gate(clientLimits.uploadsMax)
  readonly questions: Gate = new Gate(wireLimits.fileQuestionsMax)
  readonly gets: Gate = new Gate(wireLimits.fileGetsMax)
  readonly #id: RoomId
  readonly #backoff = new Backoff()
  readonly #askers = new Map<number, { asker: Asker; weight: number }>()
  /** Those who wait until they may send more, in order. */
  #waiting: { weight: number; go: (error: RootPeerError | null) => void }[] = []
  #requests = 0
  #wanted = false
  #closed = false
  #channel: Channel<null, null> | null = null
  #open: OpenFiles | null = null
  #window = new Window(0)
  #drained = true
  #denial: RootPeerError | null = null

  constructor(room: RoomLink, id: RoomId) {
    super()
    this.setMaxListeners(0)
    this.room = room
    this.#id = id
    room.on('granted', () => this.#openChannel())
    room.on('closed', () => this.#channel?.close())
  }

  /** The root's key as people read it. */
  get root(): string {
    return this.room.root
  }

  /** Null until the root has granted the channel on this connection. */
  get open(): OpenFiles | null {
    return this.#open
  }

  /** Why the root does not let us in; null if it does, or has not said. */
  get denial(): RootPeerError | null {
    return this.#denial ?? this.room.denial
  }

  /** From now on the channel is open whenever the room is. */
  want(): void {
    this.#wanted = true
    this.#openChannel()
  }

  /**
   * Asks something; `asker` is told what comes of it until `done`.
   *
   * @param send gets the request's number. It is not called without a channel: then it has failed at once.
   */
  ask(asker: Asker, send: (send: FilesSenders, request: number) => boolean): number {
    const request = this.#requests++
    if (this.#open === null) {
      asker.failed(wentAway())
      return request
    }
    this.#askers.set(request, { asker, weight: 0 })
    this.#drained = send(this.#open.send, request) && this.#drained
    return request
  }

  /** Says more about a request that is under way; says nothing without a channel. */
  say(send: (send: FilesSenders) => boolean): void {
    if (this.#open !== null) this.#drained = send(this.#open.send) && this.#drained
  }

  /** Nothing more is expected for this request, and what it took of the window is given back. */
  done(request: number): void {
    this.release(request, this.#askers.get(request)?.weight ?? 0)
    this.#askers.delete(request)
  }

  /**
   * Resolves once so many bytes more may be sent: the window has room for them, and what was sent before
   * has left, so that nothing of ours stands in the way of a message.
   *
   * @throws `UNAVAILABLE` if the channel closes first.
   */
  admit(weight: number): Promise<void> {
    if (this.#open === null) return Promise.reject(wentAway())
    if (this.#waiting.length === 0 && this.#drained && this.#window.take(weight)) {
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const go = (error: RootPeerError | null): void => (error === null ? resolve() : reject(error))
      this.#waiting.push({ weight, go })
    })
  }

  /** What was admitted is this request's, until it is answered. */
  charge(request: number, weight: number): void {
    const asked = this.#askers.get(request)
    if (asked === undefined) this.#release(weight)
    else asked.weight += weight
  }

  /** A part of what a request has sent was answered. */
  release(request: number, weight: number): void {
    const asked = this.#askers.get(request)
    if (asked === undefined) return
    asked.weight -= weight
    this.#release(weight)
  }

  suspend(): void {
    this.#backoff.cancel()
  }

  close(): void {
    this.#closed = true
    this.#backoff.cancel()
    this.#channel?.close()
  }

  #release(weight: number): void {
    this.#window.release(weight)
    this.#goOn()
  }

  #goOn(): void {
    while (this.#drained) {
      const next = this.#waiting[0]
      if (next === undefined || !this.#window.take(next.weight)) return
      this.#waiting.shift()
      next.go(null)
    }
  }

  #openChannel(): void {
    const { up } = this.room.link
    if (!this.#wanted || this.#closed || this.#channel !== null) return
    if (up === null || this.room.open === null) return
    const channel = up.mux.createChannel<null, null>({
      protocol: FILES_PROTOCOL,
      id: this.#id,
      handshake: filesHandshake,
      onclose: () => this.#onclose(),
      ondrain: () => {
        this.#drained = true
        this.#goOn()
      }
    })
    if (channel === null) return this.#backoff.schedule(() => this.#openChannel())
    this.#channel = channel
    this.#denial = null
    this.#wire(channel)
    channel.open(null)
  }

  #wire(channel: Channel<null, null>): void {
    const send = addFilesMessages(channel, {
      granted: (granted) => this.#ongranted(granted, send),
      denied: ({ code, detail }) => {
        this.#denial = new RootPeerError(wireCode(code), detail)
      },
      ready: (message) => this.#askers.get(message.request)?.asker.ready?.(message),
      taken: (message) => this.#askers.get(message.request)?.asker.taken?.(message),
      committed: (message) => this.#askers.get(message.request)?.asker.committed?.(message),
      entries: (message) => this.#askers.get(message.request)?.asker.entries?.(message),
      chunks: (message) => this.#askers.get(message.request)?.asker.chunks?.(message),
      changes: (message) => this.#askers.get(message.request)?.asker.changes?.(message),
      reset: (message) => this.#askers.get(message.request)?.asker.reset?.(message),
      refused: ({ request, code, detail }) => {
        const asked = this.#askers.get(request)
        this.done(request)
        asked?.asker.failed(new RootPeerError(wireCode(code), detail))
      },
      replicate: () => {}
    })
  }

  #ongranted(granted: FilesGranted, send: FilesSenders): void {
    if (this.#open !== null) throw unexpected('"granted" twice')
    this.#backoff.reset()
    this.#open = { granted, send }
    this.#drained = true
    this.#window = new Window(granted.windowBytes)
    this.emit('granted')
  }

  #onclose(): void {
    const was = this.#open !== null
    this.#channel = null
    this.#open = null
    const askers = [...this.#askers.values()]
    const waiting = this.#waiting
    this.#askers.clear()
    this.#waiting = []
    for (const { asker } of askers) asker.failed(wentAway())
    for (const { go } of waiting) go(wentAway())
    if (was) this.emit('closed')
    // Closed before it was granted, beside a room that is open: the root knows no such channel.
    if (!was && this.room.open !== null) this.#denial ??= noFiles(this.root)
    if (this.#denial !== null) this.emit('denied', this.#denial)
    if (!this.#closed) this.#backoff.schedule(() => this.#openChannel())
  }
}

export function wentAway(): RootPeerError<'UNAVAILABLE'> {
  return new RootPeerError('UNAVAILABLE', 'the root peer went away')
}

function noFiles(root: string): RootPeerError<'NO_FILES'> {
  return new RootPeerError(
    'NO_FILES',
    `root peer ${root} keeps no files: it is of an earlier version`
  )
}
