// The one error class, and the codes that travel. Owns the table of wire codes (a number is never
// reused) and one factory per code of the protocol. Never knows of processes, files or exit codes.

/**
 * Every error that a person or a program is meant to see. `code` is stable and for programs;
 * `message` is for people: what happened, and what to do.
 */
export class RootPeerError<Code extends string = string> extends Error {
  readonly code: Code
  readonly expected?: unknown
  readonly got?: unknown
  /** The quota that has no room for what was refused, where it is one. */
  readonly quota?: { kind: string; limit: number; use: number }

  constructor(
    code: Code,
    message: string,
    details: Pick<RootPeerError, 'expected' | 'got' | 'cause' | 'quota'> = {}
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'RootPeerError'
    this.code = code
    if (details.expected !== undefined) this.expected = details.expected
    if (details.got !== undefined) this.got = details.got
    if (details.quota !== undefined) this.quota = details.quota
  }
}

/** Codes that a root sends in `denied`, `refused` and `notice`. A position is never reused. */
const WIRE_CODES = [
  'UNKNOWN', // 0: also stands for a number that this version does not know
  'BAD_FRAME', // 1: bytes that do not decode, or break a bound of the protocol
  'VERSION_UNSUPPORTED', // 2: no common protocol version
  'BAD_PROOF', // 3: the keys do not hash to the room, or the signature does not hold here
  'ROOM_UNKNOWN', // 4: a guest asked for a room that no member has opened at this root
  'READ_ONLY', // 5: the access proven does not allow to append
  'TOO_LARGE', // 6: a frame or a message over its bound
  'WINDOW_OVERRUN', // 7: more bytes sent and unanswered than the window allows
  'OUT_OF_ORDER', // 8: a frame after a refusal, not marked as resuming
  'DISK_FULL', // 9: the root is read-only until there is room again
  'ROOM_FULL', // 10: a quota has no room for this frame; the figures come along
  'RATE_LIMITED', // 11: too much in too short a time, or too much waits to be written
  'SHUTTING_DOWN', // 12: the root is closing; nothing of the frame was stored
  'TOO_MANY', // 13: a bound on channels, rooms or streams of this connection
  'UNEXPECTED', // 14: a message that has no place in this state or direction
  'SUPERSEDED', // 15: the same peer opened the room again, on another connection
  'UNAVAILABLE', // 16: the store is being reopened, or has failed; the outcome is unknown
  'TICKET_NEEDED', // 17: this root opens rooms for who holds a ticket
  'ROOM_DELETED', // 18: the room was deleted here, and is not taken again
  'BAD_TICKET', // 19: not a ticket, or none that this root gave
  'TICKET_EXPIRED', // 20
  'TICKET_REVOKED', // 21
  'TICKET_FOREIGN', // 22: a ticket of another root
  'NOT_ALLOWED', // 23: this key is not on the root's list, or the ticket does not allow it
  'BANNED', // 24
  'ROOMS_FULL', // 25: no more rooms for whom it would be kept
  'SPACE_AGAIN', // 26: no error: a root that was read-only writes again
  'FILE_UNKNOWN', // 27: no such entry, or its content is not kept any more
  'FILE_CHANGED', // 28: the key has an entry of this version or a later one
  'BAD_CHUNK', // 29: a chunk out of order, or content that is not what its entry or hash says
  'BAD_RANGE', // 30: a range that is not within the file
  'BAD_PROFILE', // 31: not a profile, not signed by whom it names, or valid for too long
  'PROFILE_EXPIRED', // 32: its time is over
  'PROFILE_STALE', // 33: a newer one of this identity is, or was, known
  'DIRECTORY_FULL' // 34: no more profiles for this handle, this address, or at all
] as const

/** A code that travels on the wire. */
export type WireCode = (typeof WIRE_CODES)[number]

/** Codes of errors that are found before or after the wire, by whoever holds the keys. */
export type LocalCode =
  | 'BAD_INVITE' // not an invite, damaged, or of another version
  | 'LESSER_INVITE' // an invite that gives less than what was asked of it
  | 'BAD_KEY' // not a key of 32 bytes in z32 or hex
  | 'BAD_CURSOR' // not a cursor of this client
  | 'BAD_PAYLOAD' // opened, but not a message of this version
  | 'NOT_OPENED' // does not open with this room's key
  | 'BAD_PAGE' // a block that is not a page
  | 'BAD_PATH' // not a path of a file, or too long
  | 'BAD_ENTRY' // opened, but not an entry of this version, of this path, or of a member
  | 'BAD_SOURCE' // bytes to put that are not as many as was said, or can't be read again
  | 'UPLOAD_LOST' // the root has not kept what was sent, and it can't be sent again
  | 'NO_FILES' // the root keeps no files
  | 'ABORTED' // given up by the app
  | 'BAD_HANDLE' // not a handle: empty, too long, or with white space in it
  | 'HANDLE_UNKNOWN' // nobody claims this handle, as far as could be asked
  | 'HANDLE_CLAIMED' // several claim this handle, and none of them is the one that is pinned
  | 'HANDLE_CHANGED' // another key than the pinned one claims this handle
  | 'NO_DIRECTORY' // the root keeps no profiles
  | 'BAD_CONTENT' // what a root gave is not what the entry says
  | 'NOT_A_ROOT_PEER' // the other side speaks something else
  | 'OUTBOX_FULL' // too much waits to be sent already
  | 'HOSTILE_ROOT' // a root sent what no honest one sends
  | 'BAD_RECEIPT' // not a receipt of this room
  | 'NOT_KEPT' // the root no longer keeps what would be needed to check it
  | 'NO_PROFILE' // something must be kept, and there is nowhere to keep it
  | 'NO_NETWORK' // the address to listen on is not ours
  | 'PROFILE_LOCKED' // another process uses this profile
  | 'PROFILE_OF_ANOTHER' // this profile is of another identity than the seed that was given
  | 'PROFILE_NEWER' // a later version wrote this profile
  | 'PROFILE_COPIED' // this profile is a copy, and whoever opened it did not say so
  | 'PROFILE_FAILED' // the profile can't be opened or written: damaged, a full disk, or a broken one
  | 'NOT_A_PROFILE' // the folder for a profile holds something else
  | 'FEW_ACKS' // fewer root peers stored a message than were asked to
  | 'CLOSED' // the client or the room was closed; the outcome of what was pending is unknown
  | 'TIMEOUT' // nothing came in the time given

export type ProtocolCode = WireCode | LocalCode

/** The number of a code on the wire. */
export function wireNumber(code: WireCode): number {
  return WIRE_CODES.indexOf(code)
}

/** The code of a number from the wire; `UNKNOWN` for one that a later version added. */
export function wireCode(number: number): WireCode {
  return WIRE_CODES[number] ?? 'UNKNOWN'
}

/** The code to send for any error: its own if it may travel, else `UNKNOWN`. */
export function wireCodeOf(err: unknown): WireCode {
  if (!(err instanceof RootPeerError)) return 'UNKNOWN'
  const number = (WIRE_CODES as readonly string[]).indexOf(err.code)
  return number === -1 ? 'UNKNOWN' : wireCode(number)
}

export function badFrame(message: string, cause?: unknown): RootPeerError<'BAD_FRAME'> {
  return new RootPeerError('BAD_FRAME', message, { cause })
}

export function tooLarge(what: string, expected: number, got: number): RootPeerError<'TOO_LARGE'> {
  return new RootPeerError('TOO_LARGE', `${what} is ${got}, more than the ${expected} allowed`, {
    expected,
    got
  })
}

export function badProof(message: string): RootPeerError<'BAD_PROOF'> {
  return new RootPeerError('BAD_PROOF', message)
}

export function badInvite(message: string, got?: unknown): RootPeerError<'BAD_INVITE'> {
  return new RootPeerError('BAD_INVITE', message, { got })
}

export function lesserInvite(expected: string, got: string): RootPeerError<'LESSER_INVITE'> {
  return new RootPeerError(
    'LESSER_INVITE',
    `this needs ${article(expected)} ${expected} invite, and this one is ${article(got)} ${got} invite: ask someone who holds more`,
    { expected, got }
  )
}

export function notOpened(): RootPeerError<'NOT_OPENED'> {
  return new RootPeerError('NOT_OPENED', 'this does not open with the key of this room')
}

export function badPayload(message: string): RootPeerError<'BAD_PAYLOAD'> {
  return new RootPeerError('BAD_PAYLOAD', message)
}

export function badPage(message: string, cause?: unknown): RootPeerError<'BAD_PAGE'> {
  return new RootPeerError('BAD_PAGE', message, { cause })
}

export function badPath(message: string, got: string): RootPeerError<'BAD_PATH'> {
  return new RootPeerError('BAD_PATH', message, { got: got.slice(0, 100) })
}

export function badEntry(message: string): RootPeerError<'BAD_ENTRY'> {
  return new RootPeerError('BAD_ENTRY', message)
}

export function badContent(message: string): RootPeerError<'BAD_CONTENT'> {
  return new RootPeerError('BAD_CONTENT', message)
}

export function badCursor(message: string): RootPeerError<'BAD_CURSOR'> {
  return new RootPeerError('BAD_CURSOR', message)
}

export function versionUnsupported(
  expected: string,
  got: string
): RootPeerError<'VERSION_UNSUPPORTED'> {
  return new RootPeerError(
    'VERSION_UNSUPPORTED',
    `no common protocol version: this side speaks ${expected}, the other ${got}`,
    { expected, got }
  )
}

export function rootFull(): RootPeerError<'DISK_FULL'> {
  const message =
    'the root peer is out of disk space and read-only for now: nothing was stored, try again later'
  return new RootPeerError('DISK_FULL', message)
}

export function spaceAgain(): RootPeerError<'SPACE_AGAIN'> {
  return new RootPeerError('SPACE_AGAIN', 'the root peer has disk space again, and writes')
}

export function shuttingDown(): RootPeerError<'SHUTTING_DOWN'> {
  return new RootPeerError('SHUTTING_DOWN', 'the root peer is shutting down: nothing was stored')
}

export function unavailable(): RootPeerError<'UNAVAILABLE'> {
  return new RootPeerError(
    'UNAVAILABLE',
    'the root peer could not finish writing: what was unanswered may or may not be stored'
  )
}

export function readOnly(): RootPeerError<'READ_ONLY'> {
  return new RootPeerError('READ_ONLY', 'a guest may read this room, not write to it')
}

export function roomUnknown(): RootPeerError<'ROOM_UNKNOWN'> {
  return new RootPeerError(
    'ROOM_UNKNOWN',
    'the root peer does not keep this room: a member has to open it there first'
  )
}

export function roomDeleted(): RootPeerError<'ROOM_DELETED'> {
  return new RootPeerError(
    'ROOM_DELETED',
    'this room was deleted at the root peer, which does not keep it again: make a new one'
  )
}

export function ownerOnly(): RootPeerError<'READ_ONLY'> {
  return new RootPeerError(
    'READ_ONLY',
    "only the room's owner may delete it or say for how long its messages are kept"
  )
}

export function windowOverrun(expected: number): RootPeerError<'WINDOW_OVERRUN'> {
  return new RootPeerError(
    'WINDOW_OVERRUN',
    `more than ${expected} bytes were sent and not yet answered`,
    { expected }
  )
}

export function outOfOrder(): RootPeerError<'OUT_OF_ORDER'> {
  return new RootPeerError(
    'OUT_OF_ORDER',
    'an earlier frame was refused: nothing is taken until a frame is marked as resuming'
  )
}

export function tooMany(what: string, expected: number): RootPeerError<'TOO_MANY'> {
  return new RootPeerError('TOO_MANY', `more than ${expected} ${what} on one connection`, {
    expected
  })
}

export function unexpected(message: string): RootPeerError<'UNEXPECTED'> {
  return new RootPeerError('UNEXPECTED', message)
}

export function superseded(): RootPeerError<'SUPERSEDED'> {
  return new RootPeerError('SUPERSEDED', 'this peer opened the room again on another connection')
}

export function hostileRoot(message: string, got?: unknown): RootPeerError<'HOSTILE_ROOT'> {
  return new RootPeerError('HOSTILE_ROOT', message, { got })
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a'
}
