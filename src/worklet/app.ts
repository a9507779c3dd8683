// The app's side: every command a method, every event a listener. Runs where apps run, React Native
// included: imports nothing of Node or Bare but the RPC.

import b4a from 'b4a'
import RPC from 'bare-rpc'
import type { IncomingRequest } from 'bare-rpc'
import type { AppPipe } from './pipe.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { CommandName, Commands, Failure, Retention } from './commands.ts'
import { COMMANDS } from './commands.ts'
import type { EventName, Events } from './events.ts'
import { EVENTS } from './events.ts'

export { RootPeerError } from '../protocol/errors.ts'
export { COMMANDS } from './commands.ts'
export { EVENTS } from './events.ts'
export type * from './commands.ts'
export type * from './events.ts'

type Listener<Name extends EventName> = (payload: Events[Name]) => void
type Request<Name extends CommandName> = Commands[Name][0]
type Reply<Name extends CommandName> = Promise<Commands[Name][1]>

const NAMES = new Map<number, EventName>(
  Object.entries(EVENTS).map(([name, number]) => [number, name as EventName])
)

export class WorkletApp {
  readonly #rpc: RPC
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>()

  /** @param ipc the worklet's pipe: `worklet.IPC` of react-native-bare-kit. */
  constructor(ipc: AppPipe) {
    this.#rpc = new RPC(ipc, (request) => this.#take(request))
  }

  /** Calls the listener at each such event; returns what ends that. */
  on<Name extends EventName>(event: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  getKeys(): Reply<'getKeys'> {
    return this.ask('getKeys', {})
  }

  connectedPeers(): Reply<'connectedPeers'> {
    return this.ask('connectedPeers', {})
  }

  join(room: Request<'join'>): Reply<'join'> {
    return this.ask('join', room)
  }

  leave(roomTopic: string): Reply<'leave'> {
    return this.ask('leave', { roomTopic })
  }

  /** Never fails for want of a network: what is not stored now is kept and sent later. */
  send(roomTopic: string, message: string | object): Reply<'send'> {
    return this.ask('send', { roomTopic, message })
  }

  /** Gives all messages from there on, as events, then new ones. Default: from the oldest. */
  sync(roomTopic: string, from: { lastIndex?: number; cursor?: string } = {}): Reply<'sync'> {
    return this.ask('sync', { roomTopic, ...from })
  }

  reconnect(): Reply<'reconnect'> {
    return this.ask('reconnect', {})
  }

  createRoom(options: Request<'createRoom'> = {}): Reply<'createRoom'> {
    return this.ask('createRoom', options)
  }

  parseInvite(invite: string): Reply<'parseInvite'> {
    return this.ask('parseInvite', { invite })
  }

  typing(roomTopic: string, typing = true): Reply<'typing'> {
    return this.ask('typing', { roomTopic, typing })
  }

  receipt(roomTopic: string, ids: string[]): Reply<'receipt'> {
    return this.ask('receipt', { roomTopic, ids })
  }

  suspend(): Reply<'suspend'> {
    return this.ask('suspend', {})
  }

  resume(): Reply<'resume'> {
    return this.ask('resume', {})
  }

  status(): Reply<'status'> {
    return this.ask('status', {})
  }

  unsent(roomTopic: string): Reply<'unsent'> {
    return this.ask('unsent', { roomTopic })
  }

  /** With a bound, the owner has less kept; without one, only asks what holds. */
  retention(roomTopic: string, less: Partial<Retention> = {}): Reply<'retention'> {
    return this.ask('retention', { roomTopic, ...less })
  }

  /** For everybody and for good; the owner's to do. */
  deleteRoom(roomTopic: string): Reply<'deleteRoom'> {
    return this.ask('deleteRoom', { roomTopic })
  }

  quotas(roomTopic: string): Reply<'quotas'> {
    return this.ask('quotas', { roomTopic })
  }

  publish(profile: Request<'publish'>): Reply<'publish'> {
    return this.ask('publish', profile)
  }

  withdraw(): Reply<'withdraw'> {
    return this.ask('withdraw', {})
  }

  ownProfile(): Reply<'ownProfile'> {
    return this.ask('ownProfile', {})
  }

  lookup(handle: string): Reply<'lookup'> {
    return this.ask('lookup', { handle })
  }

  findPerson(key: string): Reply<'findPerson'> {
    return this.ask('findPerson', { key })
  }

  listPeople(request: Request<'listPeople'> = {}): Reply<'listPeople'> {
    return this.ask('listPeople', request)
  }

  safetyCode(key: string): Reply<'safetyCode'> {
    return this.ask('safetyCode', { key })
  }

  unpin(handle: string): Reply<'unpin'> {
    return this.ask('unpin', { handle })
  }

  friends(): Reply<'friends'> {
    return this.ask('friends', {})
  }

  /** @param friend a handle or a key. */
  addFriend(friend: string): Reply<'addFriend'> {
    return this.ask('addFriend', { friend })
  }

  removeFriend(friend: string): Reply<'removeFriend'> {
    return this.ask('removeFriend', { friend })
  }

  /**
   * Any command of the table.
   *
   * @throws `RootPeerError` with the code that the worklet gave; `CLOSED` if it is gone, or goes before it
   *   has answered.
   */
  async ask<Name extends CommandName>(command: Name, request: Request<Name>): Reply<Name> {
    const asked = this.#rpc.request(COMMANDS[command])
    asked.send(JSON.stringify(request))
    const data = await asked.reply().catch((err: unknown) => {
      throw new RootPeerError('CLOSED', 'the worklet is gone: what was asked may be done or not', {
        cause: err
      })
    })
    const reply = JSON.parse(data === null ? 'null' : b4a.toString(data)) as
      Commands[Name][1] | Failure
    if (isFailure(reply)) throw new RootPeerError(reply.code, reply.error)
    return reply
  }

  // Called by the RPC, which gives up the pipe if this throws: an event that is not ours is nothing, and a
  // listener that throws fails by itself.
  #take({ command, data }: IncomingRequest): void {
    const name = NAMES.get(command)
    if (name === undefined || data === null) return
    let payload: never
    try {
      payload = JSON.parse(b4a.toString(data)) as never
    } catch {
      return
    }
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(payload)
      } catch (err) {
        setTimeout(() => {
          throw err
        }, 0)
      }
    }
  }
}

function isFailure(reply: unknown): reply is Failure {
  return typeof reply === 'object' && reply !== null && 'success' in reply && !reply.success
}
