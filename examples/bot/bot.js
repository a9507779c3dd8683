// A bot that answers: in a room that it is invited to, `!time` and `!say TEXT`. With a profile it goes on
// where it was, so that it misses no question that was asked while it was away.

import { RootPeerClient } from 'root-peer/client'

const [invite, profile] = process.argv.slice(2)
if (invite === undefined) {
  console.error('usage: node examples/bot/bot.js INVITE [PROFILE]')
  process.exit(64)
}
const bootstrap = process.env.ROOT_PEER_BOOTSTRAP?.split(',')

const commands = {
  '!time': () => new Date().toISOString(),
  '!say': (text) => text
}

const client = new RootPeerClient({
  profile,
  ...(bootstrap === undefined ? {} : { bootstrap, host: '127.0.0.1' })
})
const room = await client.join(invite)
console.log(`here as ${client.author}`)
process.once('SIGTERM', () => void client.close())
process.once('SIGINT', () => void client.close())

const decoder = new TextDecoder()
for await (const message of room.read({ follow: true })) {
  // Only members are answered, and never a bot by itself.
  if ('error' in message || !message.proven || message.author === client.author) continue
  const [command = '', ...rest] = decoder.decode(message.body).split(' ')
  const answer = Object.hasOwn(commands, command) ? commands[command](rest.join(' ')) : null
  if (answer === null) continue
  // Kept before the next message is read: the answer is sent even if the bot is killed now.
  const { id } = await room.post(answer)
  console.log(`answered ${message.id.slice(0, 8)} with ${id.slice(0, 8)}`)
}
