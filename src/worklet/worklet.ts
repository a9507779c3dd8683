// The worklet: one client for one app after another. Opens the client when it is first needed, and again
// if that failed; keeps rooms and what is to be sent when the app goes.

import type { Pipe } from './pipe.ts'
import { RootPeerClient } from '../client/client.ts'
import { mapKey } from '../protocol/bytes.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { identityOf } from '../client/profile/identity.ts'
import { failureOf } from './errors.ts'
import type { EventName, Events } from './events.ts'
import { hexOf } from './open-room.ts'
import { OpenRooms } from './open-rooms.ts'
import { tellPeople } from './people-handlers.ts'
import { Peers } from './peers.ts'
import type { Offered } from './session.ts'
import { Session } from './session.ts'
import type { Settings } from './settings.ts'
import { readSettings } from './settings.ts'

export class Worklet {
  readonly #args: readonly string[]
  readonly #sessions = new Set<Session>()
  readonly #peers: Peers
  readonly #rooms: OpenRooms
  readonly #roots = new Set<string>()
  #opening: Promise<{ client: RootPeerClient; settings: Settings }> | null = null
  #ready: Events['ready'] | null = null
  #suspended = false
  #closing: Promise<void> | null = null

  /** @param args see `readSettings`. What is wrong with them is told to the app, as an `error` event. */
  constructor(args: readonly string[]) {
    this.#args = args
    const tell = <Name extends EventName>(event: Name, payload: Events[Name]): void => {
      for (const session of this.#sessions) session.tell(event, payload)
    }
    this.#peers = new Peers(tell, Date.now)
    this.#rooms = new OpenRooms(tell, this.#peers)
  }

  /** Serves an app. Ends with its pipe; the worklet goes on. */
  attach(stream: Pipe): void {
    const session: Session = new Session(
      stream,
      () => this.#offer(),
      () => this.#sessions.delete(session)
    )
    this.#sessions.add(session)
    if (this.#ready !== null) return this.#greet(session, this.#ready)
    this.#open().catch((err: unknown) => {
      const { code, error } = failureOf(err)
      session.tell('error', { error, code, context: 'start' })
    })
  }

  /** Writes down what is not yet, and holds neither timers nor sockets until `resume`. */
  async suspend(): Promise<void> {
    if (this.#suspended) return
    this.#suspended = true
    for (const session of this.#sessions) session.suspend()
    const opened = await this.#opening?.catch(() => null) // its caller was told
    await opened?.client.suspend()
  }

  async resume(): Promise<void> {
    if (!this.#suspended) return
    this.#suspended = false
    const opened = await this.#opening?.catch(() => null) // its caller was told
    await opened?.client.resume()
  }

  /** Hangs up, and closes the client; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #open(): Promise<{ client: RootPeerClient; settings: Settings }> {
    this.#opening ??= this.#start().catch((err: unknown) => {
      this.#opening = null // the next command tries again: what was in the way may be gone
      throw err
    })
    return this.#opening
  }

  async #start(): Promise<{ client: RootPeerClient; settings: Settings }> {
    if (this.#closing !== null) throw new RootPeerError('CLOSED', 'this worklet was closed')
    const settings = readSettings(this.#args)
    const client = new RootPeerClient(settings.client)
    this.#listen(client)
    await client.ready()
    const publicKey = mapKey(identityOf(settings.seed).publicKey)
    this.#ready = { type: 'ready', publicKey, author: client.author }
    for (const session of this.#sessions) this.#greet(session, this.#ready)
    // Not before a room needs one, as the client itself would: apps wait for a root peer first.
    client.connect().catch(() => {}) // told as `root-error`
    if (this.#suspended) await client.suspend() // while the client was not there yet
    return { client, settings }
  }

  #greet(session: Session, ready: Events['ready']): void {
    session.tell('ready', ready)
    for (const event of this.#peers.events()) session.tell('peerConnected', event)
    for (const root of this.#roots) session.tell('rootConnected', { root })
  }

  #listen(client: RootPeerClient): void {
    const tell = <Name extends EventName>(event: Name, payload: Events[Name]): void => {
      for (const session of this.#sessions) session.tell(event, payload)
    }
    client.on('root-connected', ({ root }) => {
      this.#roots.add(root)
      this.#peers.root(hexOf(root), true)
      tell('rootConnected', { root })
    })
    client.on('root-disconnected', ({ root }) => {
      this.#roots.delete(root)
      this.#peers.root(hexOf(root), false)
      tell('rootDisconnected', { root })
    })
    client.on('root-error', ({ root, error: err }) => {
      const { code, error } = failureOf(err)
      tell('error', { error, code, context: root === '' ? 'root peers' : `root peer ${root}` })
    })
    client.on('member-error', ({ peer, error: err }) => {
      const { code, error } = failureOf(err)
      const peerPublicKey = peer === '' ? {} : { peerPublicKey: hexOf(peer) }
      tell('error', { error, code, context: 'member', ...peerPublicKey })
    })
    client.on('searching', () => tell('searching', {}))
    client.on('root-ticket', (event) => tell('rootTicket', event))
    client.on('root-writable', (event) => tell('rootWritable', event))
    tellPeople(client, tell)
  }

  async #offer(): Promise<Offered> {
    const { client, settings } = await this.#open()
    return {
      client,
      seed: settings.seed,
      rooms: this.#rooms,
      peers: this.#peers,
      roots: this.#roots,
      suspended: this.#suspended,
      suspend: () => this.suspend(),
      resume: () => this.resume()
    }
  }

  async #close(): Promise<void> {
    for (const session of [...this.#sessions]) session.close()
    const opened = await this.#opening?.catch(() => null) // its caller was told
    await opened?.client.close()
  }
}
