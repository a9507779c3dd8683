// A chat under way: history, then new messages, while what is typed goes out. Owns when it is over: at
// /quit, at the end of the input once all of it is stored, or at a signal.

import type { PresenceEvent, ReadMessage, Room, Unreadable } from '../../src/client/client.ts'
import { MessageKind, printCursor, RootPeerError } from '../../src/protocol/protocol.ts'
import { reasonOf } from '../../src/errors.ts'
import { count } from '../display.ts'
import { Screen } from './screen.ts'
import type { Script } from './script.ts'

const HISTORY = 50
/** Begins with the oldest message at every root, also where a profile knows a later place. */
const START = printCursor({ roots: [], chains: [] })
/** How long a message may wait to be stored before the user is told. */
const UNSENT_MS = 3000
const HELP =
  'what you type is sent; /who: which connections are here; /quit or Ctrl-D: leave; // begins a line with a slash'

export class Conversation {
  readonly #room: Room
  readonly #script: Script
  readonly #screen: Screen
  /** The input has ended. */
  readonly #over: Promise<void>
  readonly #unsent = new Set<Promise<unknown>>()
  readonly #presence = new Map<string, PresenceEvent>()
  #left = false

  constructor(room: Room, script: Script) {
    this.#room = room
    this.#script = script
    let end = (): void => {}
    this.#over = new Promise((resolve) => {
      end = resolve
    })
    this.#screen = new Screen({ line: (text) => this.#take(text), end })
    this.#watch()
  }

  /** Resolves when it is over. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#screen.close())
    const leaving = new AbortController()
    const history = this.#history(leaving.signal)
    const reading = history.then((cursor) => this.#follow(cursor, leaving.signal))
    try {
      await Promise.race([this.#over, reading])
      if (signal.aborted) return
      // A pipe is there for its output: what it asked for has not been said before the history was.
      if (!this.#screen.interactive) await history
      else if (this.#unsent.size > 0) this.notice(`${this.#waiting()}; Ctrl-C leaves at once`)
      await Promise.allSettled(this.#unsent)
    } finally {
      this.#left = true
      this.#screen.close()
      leaving.abort()
      await reading.catch(() => {}) // thrown above, if it came first
    }
  }

  /** Says what is no message, until the user has left. */
  notice(text: string): void {
    if (this.#left) return
    this.#screen.note(this.#script.notice(text))
  }

  /** Shows the newest messages there are; resolves with the place after them. */
  async #history(signal: AbortSignal): Promise<string> {
    let newest: (ReadMessage | Unreadable)[] = []
    try {
      for await (const item of this.#room.read({ from: START, signal })) {
        newest.push(item)
        if (newest.length >= 2 * HISTORY) newest = newest.slice(-HISTORY)
      }
    } catch (err) {
      // A guest may be here before the room is: it is followed all the same.
      if (!(err instanceof RootPeerError) || err.code === 'CLOSED') throw err
    }
    for (const item of newest.slice(-HISTORY)) this.#show(item)
    return newest.at(-1)?.cursor ?? START
  }

  async #follow(from: string, signal: AbortSignal): Promise<void> {
    for await (const item of this.#room.read({ from, follow: true, signal })) this.#show(item)
  }

  #show(item: ReadMessage | Unreadable): void {
    if ('error' in item) this.#screen.note(this.#script.unreadable(item))
    else if (item.kind === MessageKind.text) this.#screen.print(this.#script.message(item))
  }

  #take(text: string): void {
    if (text === '') return
    if (!text.startsWith('/')) return this.#send(text)
    if (text.startsWith('//')) return this.#send(text.slice(1))
    const command = text.trim()
    if (command === '/quit') this.#screen.close()
    else if (command === '/who') this.#who()
    else if (command === '/help') this.notice(HELP)
    else this.notice(`there is no ${command}: ${HELP}`)
  }

  #send(text: string): void {
    const sending = this.#deliver(text)
    this.#unsent.add(sending)
    void sending.finally(() => this.#unsent.delete(sending))
  }

  async #deliver(text: string): Promise<void> {
    const patience = setTimeout(() => this.notice(`${this.#waiting()} yet`), UNSENT_MS)
    try {
      await this.#room.send(text)
    } catch (err) {
      this.#screen.note(this.#script.trouble(reasonOf(err)))
    } finally {
      clearTimeout(patience)
    }
  }

  #waiting(): string {
    return `${count(this.#unsent.size, 'message')} not stored by a root peer`
  }

  #who(): void {
    if (this.#presence.size === 0) this.notice('no root peer has said who is here')
    for (const event of this.#presence.values()) this.#screen.note(this.#script.who(event))
  }

  #watch(): void {
    this.#room.on('presence', (event) => {
      const before = this.#presence.get(event.root)
      this.#presence.set(event.root, event)
      if (before?.members === event.members && before.guests === event.guests) return
      if (!this.#left) this.#screen.note(this.#script.here(event))
    })
    this.#room.on('hole', ({ from, to }) =>
      this.notice(`of one author ${count(to - from, 'message')} can't be had here`)
    )
    this.#room.on('gap', ({ from, to }) =>
      this.notice(`${count(to - from, 'message')} from before are gone`)
    )
  }
}
