// One connection of whoever asks for our owner's profile or public space: a stranger, and it stays one. Owns
// its bounds and how it ends. What it sends ends at most this connection.

import b4a from 'b4a'
import Protomux from 'protomux'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey, RoomId } from '../../protocol/bytes.ts'
import { key32 } from '../../protocol/bytes.ts'
import type { Notice } from '../../protocol/control.ts'
import {
  commonVersion,
  CONTROL_PROTOCOL,
  controlMessages,
  rootControlHandshake
} from '../../protocol/control.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import { DIRECTORY_PROTOCOL } from '../../protocol/directory-channel.ts'
import { tooMany, unexpected, wireNumber } from '../../protocol/errors.ts'
import { FILES_PROTOCOL } from '../../protocol/files-channel.ts'
import { guard } from '../../protocol/guard.ts'
import { ROOM_PROTOCOL } from '../../protocol/room-channel.ts'
import { ticketForeign } from '../../protocol/access-errors.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import { DirectorySession } from './directory-session.ts'
import type { Served, VisitorLine } from './served.ts'
import { SpaceSession } from './space-session.ts'
import { toldAs } from './told-as.ts'

const {
  hostHelloMs,
  hostHelloBytesMax,
  hostFrameBytesMax,
  hostOutputBytes,
  hostOutputBytesMax,
  hostStraysMax,
  silenceMs
} = clientLimits

/** How long what was said last may take to get out. */
const FAREWELL_MS = 1000

export class Visitor implements VisitorLine {
  readonly served: Served
  readonly peer: PeerKey
  readonly mux: Protomux
  /** When it last asked something, by `steadyNow`. */
  askedAt: number = steadyNow()
  readonly #stream: NoiseSecretStream
  readonly #patience: ReturnType<typeof setTimeout>
  #greeted = false
  /** Says something that concerns the whole connection, once that can be said. */
  #notify: (notice: Notice) => boolean = () => false
  #ending = false
  #strays = 0
  #directory: DirectorySession | null = null
  #space: SpaceSession | null = null
  #turns: Promise<void> = Promise.resolve()
  #waiting: (() => void)[] = []

  /** @param stream a connection whose handshake is done. */
  constructor(stream: NoiseSecretStream, served: Served, closed: () => void) {
    this.served = served
    this.#stream = stream
    this.peer = key32<PeerKey>(stream.remotePublicKey, 'a remote key')
    this.mux = new Protomux(stream)
    guard(this.mux, {
      violated: (err) => this.violated(err),
      strayed: () => this.strayed(),
      receiving: (bytes) => this.#receiving(bytes),
      uncorked: () => this.#goOn()
    })
    this.mux.pair({ protocol: CONTROL_PROTOCOL }, () => this.#openControl())
    this.mux.pair({ protocol: DIRECTORY_PROTOCOL }, () => {
      this.#directory = DirectorySession.open(this) ?? this.#directory
    })
    this.mux.pair({ protocol: ROOM_PROTOCOL }, (id) => this.#openRoom(id))
    this.mux.pair({ protocol: FILES_PROTOCOL }, (id) => this.#openFiles(id))
    this.#patience = setTimeout(() => {
      if (!this.#greeted) stream.destroy()
    }, hostHelloMs)
    stream.setTimeout(silenceMs)
    stream.on('data', () => this.#checkOutput())
    stream.on('drain', () => this.#goOn())
    stream.once('close', () => {
      this.#ending = true
      clearTimeout(this.#patience)
      this.#goOn()
      closed()
    })
  }

  get handshakeHash(): Uint8Array {
    return this.#stream.handshakeHash ?? b4a.alloc(64)
  }

  get gone(): boolean {
    return this.#ending
  }

  get ready(): boolean {
    return this.#stream._writableState.buffered < hostOutputBytes
  }

  async untilReady(): Promise<void> {
    while (!this.#ending && !this.ready) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async turn(): Promise<() => void> {
    const before = this.#turns
    let done = (): void => {}
    this.#turns = new Promise((resolve) => {
      done = resolve
    })
    await before
    return done
  }

  asked(): void {
    this.askedAt = steadyNow()
  }

  /** Thrown, so that nothing behind it in the same frame is decoded any more. */
  strayed(): void {
    if (++this.#strays > hostStraysMax) throw tooMany('opens in vain', hostStraysMax)
  }

  violated(err: RootPeerError): void {
    if (this.#ending) return
    this.#ending = true
    this.#notify(toldAs(err))
    this.#farewell()
  }

  /** Our owner's profile is another. */
  profileChanged(): void {
    this.#directory?.changed()
  }

  end(): void {
    this.#ending = true
    this.#stream.destroy()
  }

  #farewell(): void {
    const patience = setTimeout(() => this.#stream.destroy(), FAREWELL_MS)
    this.#stream.once('close', () => clearTimeout(patience))
    this.#stream.end()
  }

  #openControl(): void {
    const channel = this.mux.createChannel({
      protocol: CONTROL_PROTOCOL,
      handshake: rootControlHandshake,
      onopen: (hello) => {
        commonVersion(hello)
        this.#greeted = true
      }
    })
    if (channel === null) return
    channel.addMessage({
      encoding: controlMessages.ticket,
      onmessage: () => {
        this.strayed()
        const { code, message } = ticketForeign()
        ticketed.send({ scopes: null, code: wireNumber(code), detail: message })
      }
    })
    const notice = channel.addMessage({
      encoding: controlMessages.notice,
      onmessage: () => {
        throw unexpected('"notice" does not go this way')
      }
    })
    const ticketed = channel.addMessage({
      encoding: controlMessages.ticketed,
      onmessage: () => {
        throw unexpected('"ticketed" does not go this way')
      }
    })
    this.#notify = (message) => notice.send(message)
    channel.open(this.served.announcement)
  }

  #openRoom(id: Uint8Array | null): void {
    if (this.#ending || id === null || id.byteLength !== 32) return
    if (!this.#greeted) throw unexpected('the control channel comes first')
    this.asked()
    const session = SpaceSession.open(this, key32<RoomId>(id, 'a room id'))
    if (session !== null && session.space !== null) this.#space = session
  }

  /** Beside the space that was granted; without it, it is left unanswered, as any unknown channel is. */
  #openFiles(id: Uint8Array | null): void {
    if (this.#ending || id === null) return
    this.asked()
    const space = this.#space
    if (space !== null && b4a.equals(space.id, id)) space.openFiles()
  }

  #receiving(bytes: number): void {
    const most = this.#greeted ? hostFrameBytesMax : hostHelloBytesMax
    const got = this.#greeted ? bytes : this.#stream.rawBytesRead + bytes
    if (got > most) this.#cut()
  }

  /** One that makes us answer and does not read the answers is cut off. */
  #checkOutput(): void {
    if (this.#stream._writableState.buffered > hostOutputBytesMax) this.#cut()
  }

  #cut(): void {
    this.#ending = true
    this.#stream.destroy()
  }

  #goOn(): void {
    if (!this.#ending && !this.ready) return
    for (const resolve of this.#waiting.splice(0)) resolve()
    this.#space?.drained()
  }
}
