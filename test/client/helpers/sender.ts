// A member as a process of its own, in Node or in Bare, to be killed: posts the lines of a file that it
// has not posted yet, and says where it stands. Arguments, in this order: the profile's folder, the
// invite, the file, `HOST:PORT` of a DHT node, how many it posts ahead of what is stored (all, without).
// Each line on stdout: messages posted, and left to store.

import b4a from 'b4a'
import fs from 'fs'
import { RootPeerClient } from '../../../src/client/client.ts'

const runtime = (globalThis as { Bare?: { argv: string[] } }).Bare ?? process
const [profile = '', invite = '', file = '', bootstrap = '', ahead = 'Infinity'] =
  runtime.argv.slice(2)

const lines = b4a.toString(fs.readFileSync(file)).split('\n')
const client = new RootPeerClient({ profile, bootstrap: [bootstrap], host: '127.0.0.1' })
const room = await client.join(invite)
let left = room.unsent().length
const tell = (): void => console.log(`${room.chain.next} ${left}`)
tell()
room.on('stored', ({ ids }) => {
  left -= ids.length
  tell()
})
while (room.chain.next < lines.length) {
  // A few at a time, as somebody who types fast.
  while (left >= Number(ahead))
    await new Promise<void>((resolve) => room.once('stored', () => resolve()))
  const { next } = room.chain
  const few = lines.slice(next, next + 2)
  left += few.length
  await Promise.all(few.map((line) => room.post(line)))
  tell()
}
