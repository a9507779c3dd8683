// The client as it is compiled, under Bare, against a root peer in a Node process: sends, reads, and goes
// on over a kill of the root peer.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import { bareOrSkip } from '../helpers/bare.ts'
import { createDht } from '../helpers/dht.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const script = fileURLToPath(new URL('./member.js', import.meta.url))
const host = '127.0.0.1'

test('a member under Bare sends, reads, and reads on after the root peer was killed', async (t) => {
  const bare = bareOrSkip(t)
  if (bare === null) return
  const dht = await createDht(t)
  const storage = await tmpFolder(t)
  const root = await startDaemon(t, ['--storage', storage, ...dht.args])

  // By the root peer alone: it says in which order both have written.
  const settings = { bootstrap: dht.bootstrap, host, direct: false }
  const client = new RootPeerClient({ ...settings, roots: [root.publicKey] })
  t.teardown(() => client.close(), { order: 30, force: true })
  const room = await client.createRoom()
  const member = await Member.start(t, bare, JSON.stringify(settings))
  t.is(await member.order({ join: room.invite }), null)

  t.is(await member.order({ send: 'from Bare' }), 0)
  t.is((await room.send('from Node')).index, 1)
  t.alike(await member.order({ read: 2 }), ['from Bare', 'from Node'])

  t.is(await member.order({ file: 300_000 }), 300_000)
  const file = await (await room.files.get('Grüße/bare')).bytes()
  t.is(file.byteLength, 300_000, 'a file under Bare is one for Node')

  await root.kill('SIGKILL')
  const sending = [member.order({ send: 'Bare, in the dark' }), room.send('Node, in the dark')]
  await startDaemon(t, ['--storage', storage, ...dht.args])
  await Promise.all(sending)
  const all = (await member.order({ read: 4 })) as string[]
  t.is(all.length, 4)
  const read: string[] = []
  for await (const item of room.read({ from: 0 })) {
    if ('body' in item) read.push(Buffer.from(item.body).toString())
  }
  t.alike(read, all, 'both have read the same, in the same order')
  t.alike(read.slice(2).sort(), ['Bare, in the dark', 'Node, in the dark'])
})

test('people, friends and a space under Bare are those for Node', async (t) => {
  const bare = bareOrSkip(t)
  if (bare === null) return
  const dht = await createDht(t)
  const root = await startDaemon(t, ['--storage', await tmpFolder(t), ...dht.args])
  const settings = { bootstrap: dht.bootstrap, host, roots: [root.publicKey] }
  const client = new RootPeerClient(settings)
  t.teardown(() => client.close(), { order: 30, force: true })
  const member = await Member.start(t, bare, JSON.stringify(settings))

  t.is(await member.order({ publish: 'bare' }), 1)
  await client.people.publish({ handle: 'node', name: 'node' })
  const { people } = await client.people.lookup('BARE').all
  t.alike(
    people.map(({ name, online, direct, pinned }) => [name, online, direct, pinned]),
    [['bare', true, true, true]]
  )
  t.is(await member.order({ befriend: 'Node' }), 'node')

  const key = (await member.order({ share: 200_000 })) as string
  const friend = new RootPeerClient({ bootstrap: dht.bootstrap, host, discover: false })
  t.teardown(() => friend.close(), { order: 30, force: true })
  const shared = await (await (await friend.space(key)).files.get('shared')).bytes()
  t.is(shared.byteLength, 200_000, 'what Bare shares is read from it directly')
})

class Member {
  readonly #socket: Socket
  readonly #answers: ((answer: unknown) => void)[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface({ input: socket }).on('line', (line) =>
      this.#answers.shift()?.(JSON.parse(line))
    )
  }

  static async start(t: Test, bare: string, options: string): Promise<Member> {
    const path = join(await tmpFolder(t), 'pipe')
    const child = spawn(bare, [script, path, await tmpFolder(t), options], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const closed = once(child, 'close')
    t.teardown(
      async () => {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
        await closed
      },
      { order: 50, force: true }
    )
    await once(createInterface({ input: child.stdout }), 'line')
    const socket = connect(path)
    await once(socket, 'connect')
    t.teardown(() => socket.destroy(), { order: 40, force: true })
    return new Member(socket)
  }

  /** One at a time. */
  order(order: object): Promise<unknown> {
    this.#socket.write(`${JSON.stringify(order)}\n`)
    return new Promise((resolve) => this.#answers.push(resolve))
  }
}
