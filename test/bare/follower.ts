// Follows many rooms under Bare, so that its memory can be looked at from outside. Arguments: the
// client's options as JSON, then shared keys in hex. Says "following" once a message of each was read.

import b4a from 'b4a'
import type { ClientOptions } from '../../src/client/client.ts'
import { RootPeerClient } from '../../src/client/client.ts'

declare const Bare: { argv: string[] }

const [options = '{}', ...keys] = Bare.argv.slice(2)
const client = new RootPeerClient(JSON.parse(options) as ClientOptions)
await Promise.all(
  keys.map(async (key) => {
    const room = await client.join({ sharedKey: b4a.from(key, 'hex') })
    const items = room.read({ follow: true })
    await items.next()
    // Goes on, for as long as the process lives.
    void (async () => {
      for await (const _ of items) continue
    })()
  })
)
console.log('following')
