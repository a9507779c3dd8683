// A process that opens the store of the folder it is given, says so, and holds it: closed on SIGTERM.

import { RootPeerError } from '../../src/protocol/errors.ts'
import { Store } from '../../src/storage/store.ts'

const [directory = ''] = process.argv.slice(2)

try {
  const store = await Store.open({ directory })
  const publicKey = Buffer.from(store.keyPair.publicKey).toString('hex')
  const core = await store.openCore('held')
  await core.append(Buffer.from('from the other process'))
  const alive = setInterval(() => {}, 1000)
  process.once('SIGTERM', () => {
    clearInterval(alive)
    void store.close()
  })
  console.log(JSON.stringify({ generation: store.generation, publicKey }))
} catch (err) {
  console.log(JSON.stringify({ error: err instanceof RootPeerError ? err.code : String(err) }))
}
