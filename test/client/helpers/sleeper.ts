// A client as a process of its own that is suspended: says which timers run before and while it sleeps,
// then wakes up and ends. Arguments: the profile's folder, a root peer's key, `HOST:PORT` of a DHT node.

import { RootPeerClient } from '../../../src/client/client.ts'

const [profile = '', root = '', bootstrap = ''] = process.argv.slice(2)
const timers = (): number =>
  process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length

const client = new RootPeerClient({
  profile,
  roots: [root],
  bootstrap: [bootstrap],
  host: '127.0.0.1'
})
const room = await client.createRoom()
room.on('message', () => {})
await room.send('awake')
await client.people.publish({ handle: 'sleeper' })
await client.friends.add('y'.repeat(52)) // who is never there
const awake = timers()
await client.suspend()
const { stored } = await room.post('asleep')
// What the DHT has begun when it listened, a look at its own addresses, is over after half a second.
await new Promise((resolve) => setTimeout(resolve, 600))
const asleep = timers()
await client.resume()
const { index } = await stored
await client.close()
console.log(JSON.stringify({ awake, asleep, index }))
