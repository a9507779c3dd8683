// One app on its pipe: takes its commands, answers each, tells it what happens. A mistake of the app's is
// answered or told; the worklet lives on, and so it does when the app is gone.

import RPC from 'bare-rpc'
import type { IncomingRequest } from 'bare-rpc'
import type { Pipe } from './pipe.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { CommandName } from './commands.ts'
import { COMMANDS } from './commands.ts'
import { failureOf, unknownCommand } from './errors.ts'
import type { EventName, Events } from './events.ts'
import { EVENTS } from './events.ts'
import { Feed } from './feed.ts'
import { parseFields } from './fields.ts'
import type { Context } from './handlers.ts'
import { HANDLERS } from './handlers.ts'
import { Ipc } from './ipc.ts'
import { workletLimits } from './limits.ts'
import type { OpenRoom } from './open-room.ts'
import { Patience } from './patience.ts'

/** What the worklet offers to a session: all of a command's context but what is the session's. */
export type Offered = Omit<Context, 'feed' | 'endFeed' | 'patience' | 'tell'>

const NAMES = new Map<number, CommandName>(
  Object.entries(COMMANDS).map(([name, number]) => [number, name as CommandName])
)

/** Told as they stand when an app that was slow takes more: only the newest counts. */
const STATES: ReadonlySet<EventName> = new Set([
  'presence',
  'member',
  'behind',
  'friend',
  'retention',
  'quota'
])
/** Of no use later. */
const HINTS: ReadonlySet<EventName> = new Set(['typing', 'receipt'])

export class Session {
  readonly #ipc: Ipc
  readonly #rpc: RPC
  /** Opens the client if need be. */
  readonly #offered: () => Promise<Offered>
  readonly #feeds = new Map<OpenRoom, Feed>()
  readonly #patience = new Patience()
  readonly #late = new Map<string, () => void>()
  #pending = 0
  #closed = false

  constructor(stream: Pipe, offered: () => Promise<Offered>, closed: () => void) {
    this.#offered = offered
    this.#ipc = new Ipc(stream)
    this.#ipc.on('close', () => {
      this.#end()
      closed()
    })
    this.#ipc.on('refused', (error, request) => this.#refused(error, request))
    this.#ipc.on('drain', () => this.#tellLate())
    this.#rpc = new RPC(this.#ipc, (request) => this.#take(request))
  }

  /** Whether the app has to be waited for. */
  get full(): boolean {
    return this.#ipc.full
  }

  room(): Promise<void> {
    return this.#ipc.room()
  }

  tell<Name extends EventName>(event: Name, payload: Events[Name]): void {
    if (this.#closed) return
    if (this.full && HINTS.has(event)) return
    if (!this.full || !STATES.has(event)) return this.#send(event, payload)
    const about = payload as Partial<Record<string, unknown>>
    const names = ['roomTopic', 'root', 'peerPublicKey', 'key']
    const key = [event, ...names.map((name) => about[name])].join(' ')
    this.#late.set(key, () => this.#send(event, payload))
  }

  /** Leaves no timer. */
  suspend(): void {
    this.#patience.end()
    for (const feed of this.#feeds.values()) feed.hurry()
  }

  /** Hangs up. */
  close(): void {
    this.#ipc.destroy()
  }

  #send(event: EventName, payload: unknown): void {
    this.#rpc.event(EVENTS[event]).send(JSON.stringify(payload))
  }

  #tellLate(): void {
    const late = [...this.#late.values()]
    this.#late.clear()
    for (const tell of late) tell()
  }

  // Called by bare-rpc, which gives up the pipe if this throws.
  #take(request: IncomingRequest): void {
    this.#answer(request).catch((err: unknown) => {
      const { code, error } = failureOf(err)
      this.tell('error', { error, code, context: 'ipc' })
    })
  }

  async #answer(request: IncomingRequest): Promise<void> {
    const reply = await this.#reply(request)
    if (!this.#closed) request.reply?.(JSON.stringify(reply))
  }

  async #reply({ command, data }: IncomingRequest): Promise<unknown> {
    const { requestsMax } = workletLimits
    if (this.#pending >= requestsMax) {
      return failureOf(
        new RootPeerError('TOO_MANY', `more than ${requestsMax} requests at once`, {
          expected: requestsMax
        })
      )
    }
    this.#pending++
    try {
      const name = NAMES.get(command)
      if (name === undefined) throw unknownCommand(command)
      const fields = parseFields(data)
      return await HANDLERS[name](this.#context(await this.#offered()), fields)
    } catch (err) {
      return failureOf(err)
    } finally {
      this.#pending--
    }
  }

  #context(offered: Offered): Context {
    return {
      ...offered,
      feed: (open) => this.#feed(open),
      endFeed: (open) => this.#endFeed(open),
      patience: this.#patience,
      tell: (event, payload) => this.tell(event, payload)
    }
  }

  /** The messages of a room for this app; they begin to flow soon after it is first asked for. */
  #feed(open: OpenRoom): Feed {
    let feed = this.#feeds.get(open)
    if (feed === undefined) {
      feed = new Feed(open, this)
      this.#feeds.set(open, feed)
      if (this.#closed) feed.end()
      else feed.startSoon()
    }
    return feed
  }

  #endFeed(open: OpenRoom): void {
    this.#feeds.get(open)?.end()
    this.#feeds.delete(open)
  }

  /** A frame that was skipped: the request in it is answered all the same, so that nobody waits for it. */
  #refused(err: RootPeerError, request: number | null): void {
    const { code, error } = failureOf(err)
    this.tell('error', { error, code, context: 'ipc' })
    if (request !== null) this.#ipc.answer(request, JSON.stringify(failureOf(err)))
  }

  #end(): void {
    this.#closed = true
    this.#patience.end()
    this.#late.clear()
    for (const feed of this.#feeds.values()) feed.end()
    this.#feeds.clear()
  }
}
