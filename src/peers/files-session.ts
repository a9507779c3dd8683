// One peer in the files of one room: the wiring of a files channel. What a message does is in handlers/;
// here are the state that they share and the way out. It lives no longer than the room's channel.

import type { Channel } from 'protomux'
import type { RootPeerError } from '../protocol/errors.ts'
import { tooMany, unexpected, wireCodeOf, wireNumber } from '../protocol/errors.ts'
import type { FileCommitted, FilesHandlers, FilesSenders } from '../protocol/files-channel.ts'
import { addFilesMessages, FILES_PROTOCOL, filesHandshake } from '../protocol/files-channel.ts'
import { Window } from '../protocol/window.ts'
import { limits } from '../limits.ts'
import type { ChangeFollower } from '../files/change-follower.ts'
import type { Download } from '../files/download.ts'
import type { RoomFiles } from '../files/room-files.ts'
import type { Upload } from '../files/upload.ts'
import type { Connection } from './connection.ts'
import { onlist, onstat, onversions } from './handlers/files-ask.ts'
import { onget } from './handlers/files-get.ts'
import { onfilesreplicate } from './handlers/files-replicate.ts'
import { onbegin, onchunk, oncommit, onput } from './handlers/files-store.ts'
import { onwatch } from './handlers/files-watch.ts'
import { Paced } from './paced.ts'
import type { Replication } from './replication.ts'
import type { RoomSession } from './room-session.ts'
import { toldAs } from './told-as.ts'

export class FilesSession {
  readonly room: RoomSession
  readonly send: FilesSenders
  readonly window: Window = new Window(limits.filesWindowBytes)
  readonly paced: Paced = new Paced()
  readonly uploads = new Map<number, Upload>()
  readonly downloads = new Map<number, Download>()
  readonly followers = new Map<number, ChangeFollower>()
  /** Resolves when the channel is closed and the files were given back. */
  readonly closed: Promise<void>
  replication: Replication | null = null
  #files: RoomFiles | null = null
  #lastRequest = -1
  #questions = 0
  #committed: FileCommitted[] = []
  #waiting: (() => void)[] = []
  #gone = false
  #left: () => void = () => {}
  readonly #channel: Channel<null, null>

  /** Opens our side of a files channel; null if the peer has it open already, or is gone. */
  static open(room: RoomSession): FilesSession | null {
    const channel = room.connection.mux.createChannel<null, null>({
      protocol: FILES_PROTOCOL,
      id: room.id,
      handshake: filesHandshake,
      onopen: (_, opened) => (opened.userData as FilesSession).#open(),
      onclose: (_, closed) => (closed.userData as FilesSession).#leave()
    })
    return channel === null ? null : new FilesSession(room, channel)
  }

  private constructor(room: RoomSession, channel: Channel<null, null>) {
    this.room = room
    this.#channel = channel
    this.closed = new Promise((resolve) => {
      this.#left = resolve
    })
    channel.userData = this
    this.send = addFilesMessages(channel, this.#handlers())
    channel.open(null)
  }

  get connection(): Connection {
    return this.room.connection
  }

  /** What was granted. Throws for a peer that did not wait for it. */
  get files(): RoomFiles {
    if (this.#files === null) throw unexpected('a message before "granted"')
    return this.#files
  }

  get gone(): boolean {
    return this.#gone
  }

  get ready(): boolean {
    return !this.#gone && this.connection.hasRoomFor(this)
  }

  /** Resolves when more may be sent, or the session is gone. */
  async untilReady(): Promise<void> {
    while (!this.#gone && !this.ready) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The stream can take more. */
  drained(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
    for (const follower of this.followers.values()) follower.pump()
  }

  /** Takes the number of a new request. Throws if it does not grow. */
  begin(request: number): void {
    if (request <= this.#lastRequest) {
      throw unexpected(`request ${request} after request ${this.#lastRequest}`)
    }
    this.#lastRequest = request
  }

  /** Throws for a message of a request that there never was; what was said to one that ended is overtaken. */
  expectBegun(request: number): void {
    if (request > this.#lastRequest) throw unexpected(`request ${request} has not begun`)
  }

  /** One answer that is read from disk: in turn, and only while the peer takes what it asks for. */
  ask(request: number, answer: () => Promise<void>): void {
    if (this.#questions >= limits.fileQuestionsMax) {
      throw tooMany('unanswered questions', limits.fileQuestionsMax)
    }
    this.begin(request)
    this.#questions++
    this.#answer(answer)
      .catch((err: unknown) => this.refuse(request, toldAs(err)))
      .finally(() => this.#questions--)
      .catch(() => {})
  }

  /** All that one commit stored is told together. */
  committed(message: FileCommitted): void {
    if (this.#committed.push(message) > 1) return
    queueMicrotask(() => {
      const { mux } = this.connection
      mux.cork()
      for (const each of this.#committed) this.send.committed(each)
      mux.uncork()
      this.#committed = []
    })
  }

  refuse(request: number, err: RootPeerError): void {
    if (this.#gone) return
    this.send.refused({ request, code: wireNumber(wireCodeOf(err)), detail: err.message })
  }

  /** Says why, and closes the channel. */
  deny(err: RootPeerError): void {
    if (this.#gone) return
    this.send.denied({ code: wireNumber(wireCodeOf(err)), detail: err.message })
    this.#channel.close()
  }

  #handlers(): FilesHandlers {
    const handled =
      <Message>(handler: (session: FilesSession, message: Message) => void) =>
      (message: Message): void => {
        try {
          handler(this, message)
        } catch (err) {
          this.deny(toldAs(err))
        }
      }
    return {
      begin: handled(onbegin),
      chunk: handled(onchunk),
      commit: handled(oncommit),
      put: handled(onput),
      stat: handled(onstat),
      list: handled(onlist),
      versions: handled(onversions),
      get: handled(onget),
      watch: handled(onwatch),
      replicate: handled(onfilesreplicate),
      more: handled((_, { request, limit }) => {
        this.downloads.get(request)?.more(limit)
        this.followers.get(request)?.more(limit)
      }),
      stop: handled((_, { request }) => this.#stop(request))
    }
  }

  async #answer(answer: () => Promise<void>): Promise<void> {
    const done = await this.connection.reads.take()
    try {
      await this.untilReady()
      if (!this.#gone) await answer()
    } finally {
      done()
    }
  }

  #stop(request: number): void {
    this.downloads.get(request)?.close()
    this.downloads.delete(request)
    const follower = this.followers.get(request)
    if (follower !== undefined) this.files.forget(follower)
    this.followers.delete(request)
    const upload = this.uploads.get(request)
    this.uploads.delete(request)
    // Should it fail, the next open of these files does it.
    if (upload?.owner === this) this.files.uploads.end(upload).catch(() => {})
  }

  #open(): void {
    // Not in this turn: Protomux is still opening the channel, and must not find it closed.
    setImmediate(() => {
      this.#grant().catch((err: unknown) => this.deny(toldAs(err)))
    })
  }

  async #grant(): Promise<void> {
    if (this.#gone) return
    const { files } = this.connection.peers.options
    const opened = await files.acquire(this.room.id)
    if (this.#gone) return files.release(opened)
    this.#files = opened
    this.send.granted({
      access: this.room.access,
      index: opened.cores.key,
      seq: opened.length,
      ...opened.totals,
      fileBytesMax: limits.fileBytesMax,
      windowBytes: this.window.bytesMax
    })
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.paced.close()
    for (const resolve of this.#waiting.splice(0)) resolve()
    for (const download of this.downloads.values()) download.close()
    this.downloads.clear()
    this.replication?.end()
    if (this.#files !== null) {
      for (const follower of this.followers.values()) this.#files.forget(follower)
      this.connection.peers.options.files.release(this.#files)
    }
    this.followers.clear()
    this.uploads.clear()
    this.#left()
  }
}
