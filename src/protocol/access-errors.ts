// The errors of who may use a root: tickets, lists and bans. One factory per code; the codes are in errors.ts.

import { RootPeerError } from './errors.ts'

export function badTicket(message: string): RootPeerError<'BAD_TICKET'> {
  return new RootPeerError('BAD_TICKET', message)
}

export function ticketNeeded(): RootPeerError<'TICKET_NEEDED'> {
  return new RootPeerError(
    'TICKET_NEEDED',
    'this root peer opens rooms for who holds a ticket: ask its operator for one'
  )
}

export function ticketExpired(): RootPeerError<'TICKET_EXPIRED'> {
  return new RootPeerError('TICKET_EXPIRED', 'this ticket has expired: ask for another one')
}

export function ticketRevoked(): RootPeerError<'TICKET_REVOKED'> {
  return new RootPeerError('TICKET_REVOKED', 'this ticket was taken back by the operator')
}

export function ticketForeign(): RootPeerError<'TICKET_FOREIGN'> {
  return new RootPeerError('TICKET_FOREIGN', 'this ticket is of another root peer')
}

export function notAllowed(message: string): RootPeerError<'NOT_ALLOWED'> {
  return new RootPeerError('NOT_ALLOWED', message)
}

export function banned(): RootPeerError<'BANNED'> {
  return new RootPeerError(
    'BANNED',
    'the operator of this root peer has banned this key or address'
  )
}
