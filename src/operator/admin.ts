// The admin socket: a unix socket in the data folder, for whoever may write there. A line of JSON asks, a
// line answers. The only way in which the operator's side steers the root peer.

import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import path from 'node:path'
import { once } from 'node:events'
import { badConfig, internal, reasonOf, usage } from '../errors.ts'
import { limits } from '../limits.ts'
import type { RootPeer } from '../root-peer.ts'
import { RootPeerError } from '../root-peer.ts'
import { runAdmin } from './admin-commands.ts'

/** What a socket's path may have at most: on Linux 107 bytes, elsewhere a little less. */
const PATH_BYTES_MAX = 103
const IDLE_MS = 30_000

/**
 * Where the admin socket of a data folder is.
 *
 * @throws `CONFIG` if the path is longer than a socket's may be
 */
export function adminSocketOf(storage: string): string {
  const file = path.join(storage, 'admin.sock')
  const bytes = Buffer.byteLength(file)
  if (bytes <= PATH_BYTES_MAX) return file
  throw badConfig(
    `the path of the admin socket, ${file}, has ${bytes} bytes, and ${PATH_BYTES_MAX} are allowed: choose a shorter --storage`,
    { expected: PATH_BYTES_MAX, got: bytes }
  )
}

export class AdminServer {
  readonly #root: RootPeer
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @throws `CONFIG` if the path is too long; what listening throws */
  static async listen(root: RootPeer): Promise<AdminServer> {
    const file = adminSocketOf(root.config.storage)
    rmSync(file, { force: true }) // of a process that was killed: the store is ours
    const admin = new AdminServer(root)
    const before = process.umask(0o177)
    try {
      admin.#server.listen(file)
    } finally {
      process.umask(before)
    }
    await once(admin.#server, 'listening')
    chmodSync(file, 0o600)
    return admin
  }

  private constructor(root: RootPeer) {
    this.#root = root
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.maxConnections = limits.adminConnectionsMax
    this.#server.unref()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy())
    socket.on('error', () => {}) // it went away
    socket.once('close', () => this.#sockets.delete(socket))
    let line = ''
    let asked = false
    socket.on('data', (text: string) => {
      if (asked) return // one question for each connection
      line += text
      const end = line.indexOf('\n')
      if (end === -1 && Buffer.byteLength(line) <= limits.adminFrameBytesMax) return
      asked = true
      void this.#answer(socket, end === -1 ? null : line.slice(0, end))
    })
  }

  async #answer(socket: Socket, line: string | null): Promise<void> {
    let answer: object
    try {
      if (line === null) throw usage('the question is too long')
      answer = { result: await runAdmin(this.#root, parse(line)) }
    } catch (err) {
      const { code, message } = err instanceof RootPeerError ? err : internal(reasonOf(err), err)
      answer = { error: { code, message } }
    }
    if (!socket.destroyed) socket.end(`${JSON.stringify(answer)}\n`)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw usage('the question is no JSON')
  }
}
