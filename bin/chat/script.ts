// How things are said in a chat: a message, a notice, who is here. Bodies are made visible here, so that
// nothing which others wrote can steer the terminal. Never prints.

import type { PresenceEvent, ReadMessage, Unreadable } from '../../src/client/client.ts'
import type { Paint } from '../display.ts'
import { short, visible, visibleBytes } from '../display.ts'

export class Script {
  readonly #paint: Paint
  readonly #self: string
  #day = ''

  /** @param self - our own author key, in z32 */
  constructor(self: string, paint: Paint) {
    this.#self = self
    this.#paint = paint
  }

  /** A message as lines: a date first where it changes. */
  message(message: ReadMessage): string {
    const { author, sentAt, proven, fork, late, body } = message
    const own = author === this.#self
    const name = own ? this.#paint.bold('you'.padEnd(9)) : this.#paint.of(author, short(author))
    const marks = [
      ...(proven ? [] : ['not proven']),
      ...(fork ? ['one of two that claim this place'] : []),
      ...(late ? ['late'] : [])
    ]
    const mark = marks.length === 0 ? '' : this.#paint.warn(` (${marks.join(', ')})`)
    return `${this.#newDay(sentAt)}${this.#paint.dim(clock(sentAt))} ${name} ${visibleBytes(body)}${mark}`
  }

  unreadable({ index, root, error }: Unreadable): string {
    return this.notice(`message ${index} of root peer ${short(root)}: ${error.message}`)
  }

  notice(text: string): string {
    return this.#paint.dim(`* ${visible(text)}`)
  }

  trouble(text: string): string {
    return this.#paint.warn(`* ${visible(text)}`)
  }

  here({ members, guests }: PresenceEvent): string {
    const all = members + guests
    const how = guests === 0 ? '' : ` (${guests} of them only reading)`
    return this.notice(all <= 1 ? 'nobody else is here now' : `${all} are here now${how}`)
  }

  who({ root, members, guests, peers }: PresenceEvent): string {
    const rows = peers.map(
      ({ peer, access, since }) => `\n*   ${short(peer)} ${access}, since ${clock(since)}`
    )
    return this.#paint.dim(
      `* at root peer ${short(root)}: ${members} who may write, ${guests} who only read${rows.join('')}`
    )
  }

  #newDay(ms: number): string {
    const day = new Date(ms).toDateString()
    if (day === this.#day) return ''
    this.#day = day
    return `${this.notice(day)}\n`
  }
}

function clock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 5)
}
