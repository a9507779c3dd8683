// What can be wrong with what an app says. One factory a code; the client's own errors pass as they are.

import { RootPeerError } from '../protocol/errors.ts'
import type { Failure } from './commands.ts'

/** Bytes that are no frame of bare-rpc, or a frame of a kind that is not spoken here. */
export function badIpc(message: string, cause?: unknown): RootPeerError<'BAD_IPC'> {
  return new RootPeerError('BAD_IPC', message, { cause })
}

export function badRequest(message: string, got?: unknown): RootPeerError<'BAD_REQUEST'> {
  return new RootPeerError('BAD_REQUEST', message, { got })
}

export function unknownCommand(command: number): RootPeerError<'UNKNOWN_COMMAND'> {
  return new RootPeerError(
    'UNKNOWN_COMMAND',
    `Unknown command ${command}: this worklet is older than the app, or the app means another`,
    { got: command }
  )
}

export function notJoined(roomTopic: string): RootPeerError<'NOT_JOINED'> {
  return new RootPeerError('NOT_JOINED', 'this room was not joined: join it first', {
    got: roomTopic
  })
}

export function nameTaken(roomTopic: string): RootPeerError<'BAD_REQUEST'> {
  return badRequest("this name is another room's already", roomTopic)
}

/** What is told of any error, one of ours or not. */
export function failureOf(err: unknown): Failure {
  const code = err instanceof RootPeerError ? err.code : 'INTERNAL'
  return { success: false, code, error: err instanceof Error ? err.message : String(err) }
}
