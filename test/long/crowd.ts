// `npm run test:crowd`: 10,000 keys of one address, or as many as are named, take what they can get from
// one root peer, and get no more than the share of the address in rooms, bytes and connections.

import { isHeld, sendCrowd } from './key-crowd.ts'

const keys = Number(process.argv[2] ?? 10_000)
if (!Number.isSafeInteger(keys) || keys < 100) throw new Error('keys: a number from 100')
const BYTES = 4096

const share = { rooms: Math.ceil(keys / 4), bytes: Math.ceil(keys / 4) * BYTES, connections: 256 }
const taken = await sendCrowd({
  keys,
  together: 64,
  share,
  bytes: BYTES,
  progress: (done) => {
    if (done % 1000 === 0) process.stderr.write(`${done} keys\n`)
  }
})
const { rooms, bytes, connections, stored, refused, ms } = taken
console.log(`${keys} keys of one address in ${(ms / 1000).toFixed(0)} s`)
console.log(`rooms: ${rooms} of ${share.rooms}`)
console.log(`bytes: ${bytes} of ${share.bytes}, in ${stored} messages`)
console.log(`connections at once: ${connections} of ${share.connections}`)
for (const [code, times] of Object.entries(refused)) console.log(`${code}: ${times} times`)
if (!isHeld(taken, share)) process.exitCode = 1
process.exit()
