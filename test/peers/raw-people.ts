// The directory channel of a raw peer: says exactly what a test wants, and sorts what it hears by request.

import b4a from 'b4a'
import type { Channel } from 'protomux'
import { proveAttendance } from '../../src/protocol/attendance.ts'
import type { AuthorKey } from '../../src/protocol/bytes.ts'
import type {
  DirectoryMessageName,
  DirectorySenders
} from '../../src/protocol/directory-channel.ts'
import {
  addDirectoryMessages,
  DIRECTORY_PROTOCOL,
  directoryHandshake,
  directoryMessages,
  FindBy
} from '../../src/protocol/directory-channel.ts'
import { wireCode } from '../../src/protocol/errors.ts'
import type { Handle } from '../../src/protocol/handle.ts'
import type { Somebody } from '../directory/somebody.ts'
import type { RawPeer } from './raw-peer.ts'
import { Inbox } from './raw-peer.ts'

type Messages = {
  [Name in DirectoryMessageName]: ReturnType<(typeof directoryMessages)[Name]['codec']['decode']>
}

/** What came for one request, with its name. */
export type PeopleAnswer = {
  [Name in DirectoryMessageName]: { name: Name; message: Messages[Name] }
}[DirectoryMessageName]

export class RawPeople {
  readonly send: DirectorySenders
  /** Resolves when the channel is closed, by whoever. */
  readonly closed: Promise<void>
  readonly #peer: RawPeer
  readonly #channel: Channel<null, null>
  readonly #inboxes = new Map<number, Inbox<PeopleAnswer>>()
  #request = 0

  /** Says hello, and opens the directory. */
  static async enter(peer: RawPeer): Promise<RawPeople> {
    await peer.greet()
    return new RawPeople(peer)
  }

  constructor(peer: RawPeer) {
    let closed = (): void => {}
    this.closed = new Promise((resolve) => (closed = resolve))
    this.#peer = peer
    const channel = peer.mux.createChannel<null, null>({
      protocol: DIRECTORY_PROTOCOL,
      id: null,
      handshake: directoryHandshake,
      onclose: () => closed()
    })
    if (channel === null) throw new Error('the connection is gone')
    this.#channel = channel
    const handlers: Record<string, (message: never) => void> = {}
    for (const name of Object.keys(directoryMessages) as DirectoryMessageName[]) {
      handlers[name] = (message: Messages[DirectoryMessageName]) => {
        this.#inbox(message.request).put({ name, message } as PeopleAnswer)
      }
    }
    this.send = addDirectoryMessages(channel, handlers)
    channel.open(null)
  }

  next(): number {
    return this.#request++
  }

  /** The next answer to a request, whatever it is. */
  answer(request: number): Promise<PeopleAnswer> {
    return this.#inbox(request).take()
  }

  /** How many answers to a request have not been taken. */
  waiting(request: number): number {
    return this.#inbox(request).size
  }

  /** The next answer, which must be of this name. */
  async take<Name extends DirectoryMessageName>(
    request: number,
    name: Name
  ): Promise<Messages[Name]> {
    const answer = await this.answer(request)
    if (answer.name === name) return answer.message as Messages[Name]
    const code = answer.name === 'refused' ? wireCode(answer.message.code) : ''
    throw new Error(`expected "${name}", got "${answer.name}" ${code}`)
  }

  /** Hands in a profile: `accepted`, or the code with which it was refused. */
  async publish(profile: Uint8Array): Promise<string> {
    const request = this.next()
    this.send.publish({ request, profile })
    return this.#outcome(request)
  }

  async attend(somebody: Somebody, proveAs: RawPeer = this.#peer): Promise<string> {
    const request = this.next()
    const { handshakeHash } = proveAs.stream
    if (handshakeHash === null) throw new Error('no handshake')
    const context = { handshakeHash, prover: proveAs.key }
    const signature = proveAttendance(somebody.keyPair, context)
    this.send.attend({ request, identity: somebody.identity, signature })
    return this.#outcome(request)
  }

  async find(by: Uint8Array | Handle): Promise<Messages['people']> {
    const request = this.next()
    const [kind, key] = by instanceof Uint8Array ? [FindBy.identity, by] : [FindBy.handle, by.hash]
    this.send.find({ request, by: kind, key })
    return this.take(request, 'people')
  }

  async list(after: AuthorKey | null = null, limit = 64): Promise<Messages['people']> {
    const request = this.next()
    this.send.list({ request, after, limit })
    return this.take(request, 'people')
  }

  /** @returns the request under which changes come */
  watch(identities: readonly AuthorKey[], listed = false): number {
    const request = this.next()
    this.send.watch({ request, identities, listed })
    return request
  }

  /** The next change of a watch: identities in hex, with `+` for who is here. */
  async changed(request: number): Promise<string[]> {
    const { people } = await this.take(request, 'changed')
    return people.map(
      ({ identity, online }) => `${b4a.toString(identity, 'hex')}${online ? '+' : ''}`
    )
  }

  close(): void {
    this.#channel.close()
  }

  async #outcome(request: number): Promise<string> {
    const answer = await this.answer(request)
    return answer.name === 'refused' ? wireCode(answer.message.code) : answer.name
  }

  #inbox(request: number): Inbox<PeopleAnswer> {
    const inbox = this.#inboxes.get(request) ?? new Inbox()
    this.#inboxes.set(request, inbox)
    return inbox
  }
}
