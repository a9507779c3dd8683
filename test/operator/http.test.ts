import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import test from 'brittle'
import type { Test } from 'brittle'
import { HttpServer, jsonAnswer } from '../../src/operator/http.ts'
import type { Page } from '../../src/operator/http.ts'

const host = '127.0.0.1'

interface Served {
  url: string
  port: number
  failures: unknown[]
  http: HttpServer
}

async function serve(t: Test, page: Page): Promise<Served> {
  const failures: unknown[] = []
  const http = await HttpServer.listen({ host, port: 0 }, page, (err) => failures.push(err))
  t.teardown(() => http.close())
  const { port } = http.address
  return { url: `http://${host}:${port}`, port, failures, http }
}

const here: Page = (path) => {
  if (path === '/here') return Promise.resolve(jsonAnswer(200, { path }))
  if (path === '/broken') return Promise.reject(new Error('a secret of ours'))
  return path === '/hangs' ? new Promise(() => {}) : null
}

test('GET and HEAD of what there is; anything else is said to be none', async (t) => {
  const { url, failures } = await serve(t, here)
  const got = await fetch(`${url}/here?a=/b#c`)
  t.is(got.status, 200)
  t.alike(await got.json(), { path: '/here' })
  t.is(got.headers.get('connection'), 'close')
  const head = await fetch(`${url}/here`, { method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.headers.get('content-length'), '17')
  t.is(await head.text(), '')
  t.is((await fetch(`${url}/there`)).status, 404)
  t.is((await fetch(`${url}/here/../here`)).status, 200)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const refused = await fetch(`${url}/here`, { method })
    t.is(refused.status, 405, method)
    t.is(refused.headers.get('allow'), 'GET, HEAD')
  }
  t.alike(failures, [])
})

test('a page of the web whose name leads here is told nothing', async (t) => {
  const { port } = await serve(t, here)
  const status = async (name: string): Promise<number> => {
    const socket = await dial(port)
    socket.write(`GET /here HTTP/1.1\r\nhost: ${name}\r\n\r\n`)
    return Number((await heard(socket)).split(' ')[1])
  }
  const ours = [host, `${host}:${port}`, '[::1]:1', 'localhost', `LOCALHOST:${port}`, '']
  for (const name of ours) t.is(await status(name), 200, name)
  const others = [
    'evil.example',
    `evil.example:${port}`,
    `${host}.evil.example`,
    'localhost.evil',
    '['
  ]
  for (const name of others) t.is(await status(name), 421, name)
  const old = await dial(port)
  old.write('GET /here HTTP/1.0\r\n\r\n')
  t.ok((await heard(old)).startsWith('HTTP/1.1 200'), 'no browser')
})

test('a page that fails is a 500 that tells strangers nothing', async (t) => {
  const { url, failures } = await serve(t, here)
  const got = await fetch(`${url}/broken`)
  t.is(got.status, 500)
  t.absent((await got.text()).includes('secret'))
  t.is(failures.length, 1)
})

test('garbage, long headers, uploads and hang-ups hurt nobody', async (t) => {
  const { url, port, failures } = await serve(t, here)
  const say = async (text: string): Promise<string> => {
    const socket = await dial(port)
    socket.write(text)
    return heard(socket)
  }
  t.ok((await say('\0\x01\x02 garbage\r\n\r\n')).startsWith('HTTP/1.1 400'))
  const long = `GET /here HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(9000)}\r\n\r\n`
  t.ok((await say(long)).startsWith('HTTP/1.1 431'))
  const upload = `POST /here HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n0123456789`
  t.ok((await say(upload)).startsWith('HTTP/1.1 405'))
  const two = 'GET /here HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(2)
  t.is((await say(two)).match(/HTTP\/1\.1 200/g)?.length, 1, 'one answer for each connection')
  await say('CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n')
  for (let i = 0; i < 20; i++) {
    const socket = await dial(port)
    socket.write('GET /he')
    socket.resetAndDestroy()
  }
  t.is((await fetch(`${url}/here`)).status, 200)
  t.alike(failures, [])
})

test('those who stall keep out nobody for long, and closing does not wait for them', async (t) => {
  const { url, port, http } = await serve(t, here)
  const stalled = await Promise.all(Array.from({ length: 40 }, () => dial(port)))
  for (const socket of stalled) socket.write('GET /hangs HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.is((await fetch(`${url}/here`)).status, 200, 'others are served')
  const began = performance.now()
  await http.close()
  t.ok(performance.now() - began < 1000, 'at once')
  await t.exception.all(fetch(`${url}/here`))
})

test('a port that is taken is an error with its code', async (t) => {
  const { port } = await serve(t, here)
  try {
    await HttpServer.listen({ host, port }, here, () => {})
    t.fail('it listens')
  } catch (err) {
    t.is((err as NodeJS.ErrnoException).code, 'EADDRINUSE')
  }
})

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, host)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** All that comes until the other side closes. */
async function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}
