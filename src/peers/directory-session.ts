// One peer and the directory: the wiring of its channel. What a message does is in handlers/; here are the
// state that they share and the way out. The peer counts as those it has proven to be until the channel ends.

import type { Channel } from 'protomux'
import type { AuthorKey } from '../protocol/bytes.ts'
import type { DirectoryHandlers, DirectorySenders } from '../protocol/directory-channel.ts'
import {
  addDirectoryMessages,
  DIRECTORY_PROTOCOL,
  directoryHandshake
} from '../protocol/directory-channel.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { tooMany, unexpected, wireCodeOf, wireNumber } from '../protocol/errors.ts'
import type { Directory } from '../directory/directory.ts'
import type { Watcher } from '../directory/watchers.ts'
import { limits } from '../limits.ts'
import type { Connection } from './connection.ts'
import { onfind, onlist } from './handlers/people-ask.ts'
import { onattend, onpublish } from './handlers/people-say.ts'
import { onwatchpeople } from './handlers/people-watch.ts'

export class DirectorySession {
  readonly connection: Connection
  readonly directory: Directory
  readonly send: DirectorySenders
  /** Who it has proven to be, in hex. */
  readonly attending = new Map<string, AuthorKey>()
  /** Profiles that wait for the disk. */
  publishing = 0
  #watching: { request: number; watcher: Watcher } | null = null
  #lastRequest = -1
  /** Answers that wait for the stream to drain. */
  readonly #answers: (() => void)[] = []
  #gone = false

  /** Opens our side of the channel; null where there is no directory, or the peer has it open already. */
  static open(connection: Connection): DirectorySession | null {
    const { directory } = connection.peers.options
    if (directory === null) return null // left unanswered, as any unknown channel is
    const channel = connection.mux.createChannel<null, null>({
      protocol: DIRECTORY_PROTOCOL,
      id: null,
      handshake: directoryHandshake,
      onclose: (_, closed) => (closed.userData as DirectorySession).#leave()
    })
    return channel === null ? null : new DirectorySession(connection, directory, channel)
  }

  private constructor(connection: Connection, directory: Directory, channel: Channel<null, null>) {
    this.connection = connection
    this.directory = directory
    channel.userData = this
    this.send = addDirectoryMessages(channel, this.#handlers())
    channel.open(null)
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Takes the number of a new request. Throws if it does not grow, or comes before the hello. */
  begin(request: number): void {
    if (!this.connection.greeted) throw unexpected('the control channel comes first')
    if (request <= this.#lastRequest) {
      throw unexpected(`request ${request} after request ${this.#lastRequest}`)
    }
    this.#lastRequest = request
  }

  /** Answers now, or when the peer has taken what it asked for before. */
  answer(answer: () => void): void {
    if (this.#answers.length >= limits.peopleQuestionsMax) {
      throw tooMany('unanswered questions', limits.peopleQuestionsMax)
    }
    this.#answers.push(answer)
    this.drained()
  }

  accept(request: number): void {
    if (!this.#gone) this.send.accepted({ request })
  }

  refuse(request: number, err: RootPeerError): void {
    if (this.#gone) return
    this.send.refused({ request, code: wireNumber(wireCodeOf(err)), detail: err.message })
  }

  /** Watches from now on, in place of what was watched before; null for nobody. */
  watch(request: number, watcher: Watcher | null): void {
    const { watchers } = this.directory
    if (this.#watching !== null) watchers.remove(this.#watching.watcher)
    this.#watching = watcher === null ? null : { request, watcher }
    if (watcher !== null) watchers.add(watcher)
    this.drained()
  }

  /** The stream can take more, or there is something to be told. */
  drained(): void {
    while (this.#answers.length > 0 || this.#watching !== null) {
      if (this.#gone || !this.connection.hasRoomFor(this)) return
      const answer = this.#answers.shift()
      if (answer !== undefined) answer()
      else if (!this.#tell()) return
    }
  }

  /** Tells the next of what has changed; false if there is nothing. */
  #tell(): boolean {
    if (this.#watching === null) return false
    const { request, watcher } = this.#watching
    const news = this.directory.watchers.take(watcher)
    if (news === null) return false
    if (news === 'reset') {
      this.send.reset({ request })
      return true
    }
    const people = news.map((key) => this.directory.stateOf(key, watcher.named.has(key)))
    this.send.changed({ request, people })
    return true
  }

  #handlers(): DirectoryHandlers {
    return {
      publish: (message) => onpublish(this, message),
      attend: (message) => onattend(this, message),
      find: (message) => onfind(this, message),
      list: (message) => onlist(this, message),
      watch: (message) => onwatchpeople(this, message)
    }
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#answers.length = 0
    if (this.#watching !== null) this.directory.watchers.remove(this.#watching.watcher)
    this.#watching = null
    for (const identity of this.attending.values()) this.directory.leave(identity)
    this.attending.clear()
  }
}
