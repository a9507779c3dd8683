// The link to one root peer: dialled again whenever it breaks, with the control channel at its start.
// Tells a root peer from something else. Rooms ride on it; it knows nothing of them.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import Protomux from 'protomux'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey } from '../../protocol/bytes.ts'
import { formatKey, key32 } from '../../protocol/bytes.ts'
import type { Announcement } from '../../protocol/control.ts'
import {
  clientControlHandshake,
  commonVersion,
  CONTROL_PROTOCOL,
  controlMessages,
  PROTOCOL_VERSIONS
} from '../../protocol/control.ts'
import { RootPeerError, tooLarge, wireCode } from '../../protocol/errors.ts'
import { guard } from '../../protocol/guard.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { Scopes, Ticket, TicketAnswer } from '../../protocol/ticket.ts'
import { Backoff } from '../backoff.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from './network.ts'

interface RootLinkEvents {
  up: [announcement: Announcement]
  down: []
  /** An attempt came to nothing; another follows. */
  missed: []
  /** Whether it takes appends from now on: its disk got full, or has room again. */
  writable: [writable: boolean]
  /** The root took our ticket, which allows so much. */
  ticket: [scopes: Scopes]
  /** What went wrong, if somebody should know: not every attempt that nobody answered. */
  error: [error: RootPeerError]
}

export interface RootLinkOptions {
  agent: string
  tickets: readonly Ticket[]
  /** The longest frame that is gathered. Default what the wire allows. */
  frameBytesMax?: number
}

/** What is sent under: the connection as it is now. */
export interface LinkUp {
  mux: Protomux
  handshakeHash: Uint8Array
  peer: PeerKey
  announcement: Announcement
}

export class RootLink extends EventEmitter<RootLinkEvents> {
  readonly root: PeerKey
  /** The root's key as people read it. */
  readonly name: string
  readonly #network: Network
  readonly #agent: string
  /** Those that name this root; no other is shown to it. */
  readonly #tickets: readonly Ticket[]
  readonly #frameBytesMax: number
  readonly #backoff = new Backoff()
  /** The shortest pause before it is dialled again, in milliseconds. */
  pace = 0
  #stream: NoiseSecretStream | null = null
  #up: LinkUp | null = null
  /** Whether it has shown that it speaks something else. */
  #strange = false
  /** Whether it is being dialled, or was and is there; the newest attempt is the one that counts. */
  #busy = false
  #attempts = 0
  #suspended = false
  #closed = false

  constructor(root: PeerKey, network: Network, options: RootLinkOptions) {
    super()
    const { agent, tickets, frameBytesMax } = options
    this.#tickets = tickets.filter((ticket) => b4a.equals(ticket.root, root))
    this.#frameBytesMax = frameBytesMax ?? wireLimits.streamFrameBytesMax
    this.root = root
    this.name = formatKey(root)
    this.#network = network
    this.#agent = agent
  }

  /** Null while there is no connection, or none to be used. */
  get up(): LinkUp | null {
    return this.#suspended ? null : this.#up
  }

  get isAsleep(): boolean {
    return this.#suspended || this.#closed
  }

  /** Dials until it is closed. */
  start(): void {
    if (this.#busy || this.#suspended || this.#closed) return
    this.#busy = true
    const attempt = ++this.#attempts
    this.#dial(attempt).catch((err: unknown) => {
      if (attempt !== this.#attempts) return
      this.#missed()
      this.#retry(err)
    })
  }

  /** Dials now, if it waits to do so. */
  hurry(): void {
    this.#backoff.cancel()
    this.start()
  }

  /** As `hurry`, for one who came back just now: an attempt that is under way began before, and may take long. */
  anew(): void {
    if (this.#stream === null && this.#network.swarm === null) this.#busy = false
    this.hurry()
  }

  /** Hangs up, and dials no more until it is resumed. */
  suspend(): void {
    this.#suspended = true
    this.#backoff.cancel()
    this.#network.hangUp(this.root, this.#stream)
  }

  resume(): void {
    this.#suspended = false
    this.#backoff.reset()
    this.start()
  }

  /** Ends this connection because of what the root did; it is dialled again later. */
  expel(error: RootPeerError): void {
    if (this.listenerCount('error') > 0) this.emit('error', error)
    this.#stream?.destroy()
  }

  close(): void {
    this.#closed = true
    this.#backoff.cancel()
    this.#network.hangUp(this.root, this.#stream)
  }

  async #dial(attempt: number): Promise<void> {
    const stream = await this.#network.dial(this.root)
    if (attempt !== this.#attempts) {
      stream.destroy() // another is the one that counts
      return
    }
    if (this.#closed || this.#suspended) {
      stream.destroy()
      return this.#retry(null)
    }
    this.#stream = stream
    // Roots send something every few seconds; a root that was killed is noticed by its silence.
    stream.setTimeout(clientLimits.silenceMs)
    let error: RootPeerError | null = null
    const { mux, up } = this.#greet(stream, (err) => {
      error = err
      this.#strange = err.code === 'NOT_A_ROOT_PEER'
      stream.destroy()
    })
    const patience = setTimeout(() => {
      error ??= notARootPeer(this.name)
      stream.destroy()
    }, clientLimits.helloMs)
    stream.once('close', () => {
      clearTimeout(patience)
      this.#down(error)
    })
    const announcement = await up
    clearTimeout(patience)
    if (stream.destroyed || stream.handshakeHash === null) return
    const { handshakeHash } = stream
    const peer = key32<PeerKey>(stream.publicKey, 'our key')
    this.#up = { mux, handshakeHash, peer, announcement }
    this.emit('up', announcement)
  }

  #greet(
    stream: NoiseSecretStream,
    fail: (err: RootPeerError) => void
  ): { mux: Protomux; up: Promise<Announcement> } {
    const mux = Protomux.from(stream)
    guard(mux, {
      violated: (err) => fail(this.#up === null ? notARootPeer(this.name, err) : err),
      strayed: () => {},
      receiving: (bytes) => {
        if (bytes > this.#frameBytesMax) fail(tooLarge('a frame', this.#frameBytesMax, bytes))
      },
      uncorked: () => {}
    })
    const up = new Promise<Announcement>((resolve) => {
      let present = (): void => {}
      const channel = mux.createChannel({
        protocol: CONTROL_PROTOCOL,
        handshake: clientControlHandshake,
        onopen: (announcement: Announcement) => {
          try {
            commonVersion(announcement)
            present() // before any room is opened
            resolve(announcement)
          } catch (err) {
            fail(err as RootPeerError)
          }
        },
        // A shared mux outlives the channel; a refused open is how a stranger answers.
        onclose: () => {
          if (this.#up === null && !stream.destroying) fail(notARootPeer(this.name))
          else stream.destroy()
        }
      })
      if (channel === null) return fail(notARootPeer(this.name))
      const ticket = channel.addMessage({ encoding: controlMessages.ticket })
      present = () => this.#tickets.forEach((each) => ticket.send(each))
      channel.addMessage({
        encoding: controlMessages.notice,
        onmessage: ({ code, detail }) => this.#onnotice(new RootPeerError(wireCode(code), detail))
      })
      channel.addMessage({
        encoding: controlMessages.ticketed,
        onmessage: (answer) => this.#onticketed(answer)
      })
      const { min, max } = PROTOCOL_VERSIONS
      channel.open({ versionMin: min, versionMax: max, agent: this.#agent })
    })
    return { mux, up }
  }

  #onticketed({ scopes, code, detail }: TicketAnswer): void {
    if (scopes === null) this.#noticed(new RootPeerError(wireCode(code), detail))
    else this.emit('ticket', scopes)
  }

  #onnotice(notice: RootPeerError): void {
    const writable = notice.code === 'SPACE_AGAIN'
    if (!writable && notice.code !== 'DISK_FULL') return this.#noticed(notice)
    if (this.#up === null || this.#up.announcement.writable === writable) return
    this.#up.announcement.writable = writable
    this.emit('writable', writable)
  }

  #noticed(error: RootPeerError): void {
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }

  #down(error: RootPeerError | null): void {
    this.#stream = null
    const was = this.#up !== null
    this.#up = null
    // One that was cut off for what it did is not dialled again as soon as one that went away.
    if (was && error === null) this.#backoff.reset()
    if (was) this.emit('down')
    else this.#missed()
    this.#retry(error)
  }

  #missed(): void {
    if (!this.#closed && !this.#suspended) this.emit('missed')
  }

  #retry(reason: unknown): void {
    this.#busy = false
    if (this.#closed || this.#suspended) return
    if (reason instanceof RootPeerError && reason.code !== 'TIMEOUT') this.#noticed(reason)
    // One that only kept silent may be a root peer that died just then.
    this.#backoff.schedule(() => this.start(), this.#strange ? clientLimits.strangerMs : this.pace)
    this.#strange = false
  }
}

function notARootPeer(name: string, cause?: unknown): RootPeerError<'NOT_A_ROOT_PEER'> {
  return new RootPeerError(
    'NOT_A_ROOT_PEER',
    `${name} is there, but is no root peer of this protocol: it did not open the control channel`,
    { cause }
  )
}
