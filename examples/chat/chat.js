// A terminal chat in 40 lines: makes a room, or joins one by its invite; a line typed is a message sent.
// It is sent when there is a way, read by whoever comes later, and no root peer can read it.

import { createInterface } from 'node:readline'
import { parseInvite, printInvite, RootPeerClient, toMember } from 'root-peer/client'

const [invite] = process.argv.slice(2)
const bootstrap = process.env.ROOT_PEER_BOOTSTRAP?.split(',')

const client = new RootPeerClient({
  profile: process.env.ROOT_PEER_PROFILE, // without: somebody new each time
  ...(bootstrap === undefined ? {} : { bootstrap, host: '127.0.0.1' })
})
client.on('searching', () => console.error('(no root peer found yet, looking on)'))

const room = invite === undefined ? await client.createRoom() : await client.join(invite)
if (invite === undefined) console.log(`invite: ${printInvite(toMember(parseInvite(room.invite)))}`)

const unanswered = new Set()
const typed = createInterface({ input: process.stdin })
typed.on('line', (line) => {
  const stored = room.send(line).catch((err) => console.error(`(not sent: ${err.message})`))
  unanswered.add(stored)
  void stored.finally(() => unanswered.delete(stored))
})
typed.on('close', () => void Promise.all(unanswered).then(() => client.close()))

const text = new TextDecoder()
for await (const message of room.read({ follow: true })) {
  if ('error' in message || message.author === client.author) continue
  const name = message.proven ? message.author.slice(0, 6) : '(somebody)'
  console.log(`${name}: ${text.decode(message.body)}`)
}
