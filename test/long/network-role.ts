// One party of test/long/network.sh, in a network namespace of its own. Says what it has to say as lines of
// `name value` on stdout, and ends with its stdin.

import { createInterface } from 'node:readline'
import createTestnet from 'hyperdht/testnet.js'
import b4a from 'b4a'
import { RootPeerClient } from '../../src/client/client.ts'
import type { PersonInfo, Room } from '../../src/client/client.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { RootPeer } from '../../src/root-peer.ts'

const HANDLE = 'ann@example.org'
const PORT = 49_737
/** How long anything here may take. */
const PATIENCE_MS = 60_000

const [role = '', bootstrap = '', folder = '', root = ''] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })
const asked = lines[Symbol.asyncIterator]()
const say = (name: string, value: string | number = ''): void => console.log(`${name} ${value}`)
const end = AbortSignal.timeout(PATIENCE_MS)
end.addEventListener('abort', () => {
  say('failed', `${role} took more than ${PATIENCE_MS} ms`)
  process.exit(1)
})

const roles: Record<string, () => Promise<void>> = {
  async bootstrap() {
    await createTestnet(4, { host: bootstrap, port: PORT })
    say('ready')
    await asked.next()
  },

  async root() {
    const peer = new RootPeer({ storage: folder, bootstrap: [`${bootstrap}:${PORT}`], port: 0 })
    await peer.ready()
    say('ready', formatKey(peer.publicKey))
    await asked.next()
    await peer.close()
  },

  async owner() {
    const client = clientOf({ profile: folder })
    const space = await client.space(undefined, { serve: true })
    await space.files.put('hello.txt', 'hello')
    await space.files.put('photo.jpg', b4a.alloc(400_000, 'photo '))
    await client.people.publish({ handle: HANDLE, name: 'Ann' })
    say('ready', client.author)
    await asked.next()
    await client.close()
  },

  /** Looks for the owner and reads a file, with a root peer or without; then, when it is told to, another, at whoever has it. */
  async friend() {
    const client = clientOf({})
    await client.connect()
    const began = performance.now()
    const person = await find(client)
    const found = performance.now()
    const space = await client.space(root === '' ? person.key : person)
    const first = await firstByte(space, 'hello.txt')
    say('lookup', Math.round(found - began))
    say('first', Math.round(first - began))
    say('direct', String(person.direct))
    for (let next = await asked.next(); next.done !== true; next = await asked.next()) {
      const again = performance.now()
      await firstByte(space, 'photo.jpg')
      say('again', Math.round(performance.now() - again))
    }
    await client.close()
  }
}

function clientOf(options: { profile?: string }): RootPeerClient {
  // Without a root peer there is only the DHT, and the owner.
  const roots = root === '' ? { discover: false } : { roots: [root] }
  return new RootPeerClient({ bootstrap: [`${bootstrap}:${PORT}`], ...roots, ...options })
}

async function find(client: RootPeerClient): Promise<PersonInfo> {
  for await (const person of client.people.lookup(HANDLE)) return person
  throw new Error('nobody claims the handle')
}

async function firstByte(space: Room, path: string): Promise<number> {
  const reading = await space.files.get(path)
  for await (const piece of reading) if (piece.byteLength > 0) return performance.now()
  throw new Error('an empty file')
}

await roles[role]?.()
process.exit(0)
