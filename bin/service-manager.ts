// What systemd says in the environment of the processes that it starts. Never tells it anything: that is
// src/operator's part.

const MICROSECONDS_MAX = Number.MAX_SAFE_INTEGER

export interface ServiceManager {
  /** What systemd-notify needs. */
  readonly env: Readonly<Record<string, string>>
  /** A sign of life is due within so long; null: none is. */
  readonly watchdogMs: number | null
}

/** Null if nobody wants to be told. */
export function serviceManagerOf(env: NodeJS.ProcessEnv, pid = process.pid): ServiceManager | null {
  const {
    NOTIFY_SOCKET: socket = '',
    WATCHDOG_USEC: microseconds = '',
    WATCHDOG_PID: whose = ''
  } = env
  if (socket === '') return null
  const { PATH: path = '' } = env
  // A process that systemd's own child started inherits its variables, and is not the one that is watched.
  const watched = whose === '' || whose === String(pid)
  const us = /^\d+$/.test(microseconds) ? Number(microseconds) : 0
  return {
    env: { NOTIFY_SOCKET: socket, PATH: path },
    watchdogMs: watched && us > 0 && us <= MICROSECONDS_MAX ? us / 1000 : null
  }
}
