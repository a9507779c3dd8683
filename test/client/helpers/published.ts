// A person as a process of its own, to be killed: publishes who it is and stays. Arguments: the handle, a key
// of a root peer (or none), `HOST:PORT` of a DHT node. Says its identity key once it can be found.

import { RootPeerClient } from '../../../src/client/client.ts'

const [handle = '', root = '', bootstrap = ''] = process.argv.slice(2)
const client = new RootPeerClient({
  bootstrap: [bootstrap],
  host: '127.0.0.1',
  discover: false,
  ...(root === '' ? {} : { roots: [root] })
})
await client.people.publish({ handle, name: handle })
console.log(client.author)
