// The control channel of one connection, as the root has it: its handshake, the notices, and the tickets
// that a peer presents. Never decides who may do what.

import type Protomux from 'protomux'
import type { Message } from 'protomux'
import type { Announcement, Hello, Notice } from '../protocol/control.ts'
import {
  commonVersion,
  CONTROL_PROTOCOL,
  controlMessages,
  rootControlHandshake
} from '../protocol/control.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { tooMany, unexpected, wireCodeOf, wireNumber } from '../protocol/errors.ts'
import type { Scopes, Ticket, TicketAnswer } from '../protocol/ticket.ts'
import { limits } from '../limits.ts'

export interface ControlParts {
  announcement: () => Announcement
  /** The peer has said hello, in a version that we speak. */
  greeted: () => void
  /** What a ticket allows; throws why it is not good. */
  ticket: (ticket: Ticket) => Scopes
}

export class ControlChannel {
  readonly #mux: Protomux
  readonly #parts: ControlParts
  #notice: Message<Notice> | null = null
  #ticketed: Message<TicketAnswer> | null = null
  #tickets = 0

  constructor(mux: Protomux, parts: ControlParts) {
    this.#mux = mux
    this.#parts = parts
  }

  open(): void {
    const channel = this.#mux.createChannel({
      protocol: CONTROL_PROTOCOL,
      handshake: rootControlHandshake,
      onopen: (hello: Hello) => {
        commonVersion(hello)
        this.#parts.greeted()
      }
    })
    if (channel === null) return
    channel.addMessage({
      encoding: controlMessages.ticket,
      onmessage: (ticket: Ticket) => this.#onticket(ticket)
    })
    this.#notice = channel.addMessage({
      encoding: controlMessages.notice,
      onmessage: () => {
        throw unexpected('"notice" does not go this way')
      }
    })
    this.#ticketed = channel.addMessage({
      encoding: controlMessages.ticketed,
      onmessage: () => {
        throw unexpected('"ticketed" does not go this way')
      }
    })
    channel.open(this.#parts.announcement())
  }

  /** Says something that concerns the whole connection. */
  notify(err: RootPeerError): void {
    this.#notice?.send({ code: wireNumber(wireCodeOf(err)), detail: err.message })
  }

  /** The ticket that was accepted is not good any more. */
  ticketEnded(reason: RootPeerError): void {
    this.#ticketed?.send({
      scopes: null,
      code: wireNumber(wireCodeOf(reason)),
      detail: reason.message
    })
  }

  // Whoever guesses at tickets is cut off long before it could matter.
  #onticket(ticket: Ticket): void {
    if (++this.#tickets > limits.ticketsPresentedMax) {
      throw tooMany('tickets presented', limits.ticketsPresentedMax)
    }
    try {
      this.#ticketed?.send({ scopes: this.#parts.ticket(ticket), code: 0, detail: '' })
    } catch (err) {
      this.ticketEnded(err as RootPeerError)
    }
  }
}
