import test from 'brittle'
import { toZ32 } from '../../src/protocol/bytes.ts'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { controlMessages } from '../../src/protocol/control.ts'
import { CONSTANTS, hash } from '../../src/protocol/derive.ts'
import { parseTicket, printTicket, ticketHash } from '../../src/protocol/ticket.ts'
import { checkFrame, codeOf, filled, fromHex, hex, readable, TIME } from './fixtures.ts'
import { frames, tickets } from './golden.ts'

const ticket = { root: filled<PeerKey>(32, 0xaa), secret: filled(32, 0xbb) }
const badly = (text: string): string => codeOf(() => parseTicket(text))

/** A ticket with any body and a check that holds. */
function made(body: string): string {
  const check = hex(hash(CONSTANTS.ticketCheck, fromHex(body)).subarray(0, 4))
  return `rp-ticket-${toZ32(fromHex(body + check))}`
}

test('a ticket is printed as it always was, and read back', (t) => {
  const text = printTicket(ticket)
  t.is(text, tickets.text)
  t.alike(readable(parseTicket(` ${text}\n`)), readable(ticket))
  t.is(hex(ticketHash(ticket.secret)), tickets.hash, 'what a root keeps of it')
})

test('cut anywhere, or with any letter another, a ticket is refused', (t) => {
  const text = printTicket(ticket)
  const taken: string[] = []
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'y' ? 'b' : 'y'
    const wrong = `${text.slice(0, i)}${other}${text.slice(i + 1)}`
    for (const each of [text.slice(0, i), wrong]) {
      if (badly(each) !== 'BAD_TICKET') taken.push(each)
    }
  }
  t.alike(taken, [])
})

test('what is another thing, another version, or made wrongly, is no ticket', (t) => {
  const fields = 'aa'.repeat(32) + 'bb'.repeat(32)
  t.alike(readable(parseTicket(made(`01${fields}`))), readable(ticket))
  for (const text of [
    '',
    'rp-owner-yryoyyenycnykbo8byrownacbw8y6rytnejtefesnhcb1go5doqth8ayzqmwyea',
    'RP-TICKET-YYYY',
    'rp-ticket-',
    made(`02${fields}`),
    made(`01${fields}00`),
    made('01aa'),
    made('')
  ]) {
    t.is(badly(text), 'BAD_TICKET', text.slice(0, 20))
  }
})

test('how a ticket is presented and answered', (t) => {
  const { ticket: present, ticketed } = controlMessages
  checkFrame(t, 'ticket', { write: present, read: present }, ticket, frames['ticket'])
  const scopes = { create: true, rooms: 3, bytes: 70_000, messagesPerDay: null, expiresAt: TIME }
  const both = { write: ticketed, read: ticketed }
  checkFrame(t, 'accepted', both, { scopes, code: 0, detail: '' }, frames['ticketAccepted'])
  checkFrame(t, 'refused', both, { scopes: null, code: 19, detail: 'no' }, frames['ticketRefused'])
})
