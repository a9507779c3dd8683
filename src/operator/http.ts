// A small HTTP server for the operator's own machine: GET and HEAD of a few pages, one answer for each
// connection. Bounds what a client may cost, and keeps out pages of the web that had their name lead here.
// Never knows what a page says.

import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isIP } from 'node:net'

const HEADER_BYTES_MAX = 8 * 1024
const HEADERS_MS = 5000
/** A connection on which nothing moves for so long ends: also one that does not read its answer. */
const IDLE_MS = 10_000
const CONNECTIONS_MAX = 64

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Makes the answer for a path; null if there is no such page. */
export type Page = (path: string) => Promise<Answer> | null

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

export class HttpServer {
  readonly #server: Server
  readonly #page: Page
  readonly #failed: (err: unknown) => void
  /** As it was told to listen. */
  readonly #host: string
  #closing: Promise<void> | null = null

  private constructor(host: string, page: Page, failed: (err: unknown) => void) {
    this.#host = host
    this.#page = page
    this.#failed = failed
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEADERS_MS,
        requestTimeout: IDLE_MS,
        connectionsCheckingInterval: 1000,
        keepAlive: false
      },
      (request, response) => {
        this.#answer(request, response).catch((err: unknown) => {
          response.destroy()
          this.#failed(err)
        })
      }
    )
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.setTimeout(IDLE_MS) // with no listener of ours, Node destroys the socket
  }

  /**
   * Resolves once it listens.
   *
   * @param failed - told of a page that could not be made; its reader gets a 500
   * @throws what listening throws: EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND
   */
  static async listen(
    { host, port }: { host: string; port: number },
    page: Page,
    failed: (err: unknown) => void
  ): Promise<HttpServer> {
    const http = new HttpServer(host, page, failed)
    http.#server.listen(port, host)
    await once(http.#server, 'listening')
    http.#server.on('error', failed) // out of file descriptors, say: it goes on listening
    return http
  }

  get address(): { host: string; port: number } {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** Ends at once, whatever is under way. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}) // whoever asked has gone
    request.on('error', () => {})
    const { status, type, body } = await this.#make(request)
    const bytes = Buffer.from(body)
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes.byteLength,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
      ...(status === 405 && { allow: 'GET, HEAD' })
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }

  async #make({ method, url = '/', headers, socket }: IncomingMessage): Promise<Answer> {
    if (isLoopback(socket.localAddress) && !this.#isOurs(headers.host)) {
      return plain(421, 'ask for 127.0.0.1 or localhost: a reverse proxy must send that as Host')
    }
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD')
    try {
      return (await this.#page(url.replace(/[?#].*$/s, ''))) ?? plain(404, 'no such page')
    } catch (err) {
      this.#failed(err)
      return plain(500, 'a mistake of ours: see the log')
    }
  }

  /**
   * Whether a Host header means this machine. A page of the web can have its own name lead to loopback, and
   * would be told everything (DNS rebinding); an address and these names are nobody else's. Who sends none
   * is no browser.
   */
  #isOurs(header = ''): boolean {
    const name = header.replace(/:\d*$/, '').toLowerCase()
    const names = ['', 'localhost', this.#host.toLowerCase()]
    return names.includes(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
  }
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` }
}
