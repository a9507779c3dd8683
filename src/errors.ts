// The errors of the process and of its store: one factory per code, and the table of exit codes.
// Never the errors of the protocol (src/protocol/errors.ts), and never a decision to exit: that is bin's.

import { RootPeerError } from './protocol/errors.ts'

/** Exit codes of the command line, after sysexits.h, so that a service manager can tell them apart. */
export const EXIT_CODES = {
  /** The command line is wrong: an unknown flag or command, a missing argument. */
  USAGE: 64,
  /** The data folder is a copy, or was restored, and nobody said so. */
  STORE_COPIED: 65,
  /** The data folder was written by a later version. */
  STORE_NEWER: 65,
  /** No root peer answers on this machine, or what answers is none. */
  NOT_RUNNING: 69,
  /** A mistake of ours: please report it. Every error without a code of its own ends here. */
  INTERNAL: 70,
  /** The data folder can't be made or written to. */
  STORE_NOT_WRITABLE: 73,
  /** The data folder does not hold what it must. Nothing was deleted. */
  STORE_DAMAGED: 74,
  /** The disk refused to make a write durable: what was unanswered has an unknown outcome. */
  STORE_SYNC_FAILED: 74,
  /** The store failed in another way, or is closed. */
  STORE_FAILED: 74,
  /** No room to open the store; while it runs, it turns read-only instead. */
  DISK_FULL: 74,
  /** Another process has the data folder open: worth a try later. */
  STORE_LOCKED: 75,
  /** A setting is wrong: an option or a variable of the environment. */
  CONFIG: 78
} as const

/** Codes of errors that belong to this process, not to the protocol. */
export type ProcessCode = keyof typeof EXIT_CODES

/**
 * The exit code for an error that ends the process.
 *
 * @returns its entry in {@link EXIT_CODES}; 1 for a typed error of the protocol (the other side, or the
 * input, is at fault); `INTERNAL` for everything that nobody foresaw.
 */
export function exitCodeOf(err: unknown): number {
  if (!(err instanceof RootPeerError)) return EXIT_CODES.INTERNAL
  return Object.hasOwn(EXIT_CODES, err.code) ? EXIT_CODES[err.code as ProcessCode] : 1
}

export function usage(message: string): RootPeerError<'USAGE'> {
  return new RootPeerError('USAGE', message)
}

export function badConfig(
  message: string,
  details: { expected?: unknown; got?: unknown } = {}
): RootPeerError<'CONFIG'> {
  return new RootPeerError('CONFIG', message, details)
}

export function notRunning(message: string, cause?: unknown): RootPeerError<'NOT_RUNNING'> {
  return new RootPeerError('NOT_RUNNING', message, { cause })
}

export function internal(message: string, cause?: unknown): RootPeerError<'INTERNAL'> {
  return new RootPeerError('INTERNAL', message, { cause })
}

export function storeLocked(directory: string, cause?: unknown): RootPeerError<'STORE_LOCKED'> {
  return new RootPeerError(
    'STORE_LOCKED',
    `another process has ${directory} open: stop that one first, or choose another folder with --storage`,
    { cause }
  )
}

export function storeCopied(directory: string, cause?: unknown): RootPeerError<'STORE_COPIED'> {
  return new RootPeerError(
    'STORE_COPIED',
    `${directory} is a copy or a backup of another folder: start with --restored if that is meant, and never run both`,
    { cause }
  )
}

export function storeNewer(directory: string, cause?: unknown): RootPeerError<'STORE_NEWER'> {
  return new RootPeerError(
    'STORE_NEWER',
    `${directory} was written by a later version of root-peer: upgrade this one`,
    { cause }
  )
}

export function storeNotWritable(
  directory: string,
  cause?: unknown
): RootPeerError<'STORE_NOT_WRITABLE'> {
  return new RootPeerError(
    'STORE_NOT_WRITABLE',
    `${directory} can't be written (${reasonOf(cause)}): let this user own it, or choose another folder with --storage`,
    { cause }
  )
}

/** @param what - what is wrong and what to do about it, to be read after the folder's name */
export function storeDamaged(
  directory: string,
  what: string,
  cause?: unknown
): RootPeerError<'STORE_DAMAGED'> {
  return new RootPeerError(
    'STORE_DAMAGED',
    `${directory} is damaged and nothing in it was deleted: ${what}`,
    { cause }
  )
}

export function storeSyncFailed(cause: unknown): RootPeerError<'STORE_SYNC_FAILED'> {
  return new RootPeerError(
    'STORE_SYNC_FAILED',
    `the disk failed to keep what was written (${reasonOf(cause)}): check the disk, then start again`,
    { cause }
  )
}

export function storeFailed(what: string, cause?: unknown): RootPeerError<'STORE_FAILED'> {
  return new RootPeerError('STORE_FAILED', `the store failed: ${what}`, { cause })
}

export function diskFull(directory: string, cause?: unknown): RootPeerError<'DISK_FULL'> {
  return new RootPeerError(
    'DISK_FULL',
    `the disk that holds ${directory} is full: make room on it, or move the folder to a larger one`,
    { cause }
  )
}

/** The innermost message of an error: libraries wrap the one that says what happened. */
export function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return err.cause instanceof Error ? reasonOf(err.cause) : err.message
}
