// The app's side, here in Node: starts the worklet under Bare and speaks to it over a pipe, as an app in
// React Native does with react-native-bare-kit. A line typed is a message sent.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { WorkletApp } from 'root-peer/worklet/app'

const [invite] = process.argv.slice(2)
const bootstrap = process.env.ROOT_PEER_BOOTSTRAP?.split(',')

const bare = createRequire(new URL('../../tools/package.json', import.meta.url))('bare-runtime')(
  'bare'
)
const profile = process.env.ROOT_PEER_PROFILE ?? ''
const settings = JSON.stringify(bootstrap === undefined ? {} : { bootstrap, host: '127.0.0.1' })
const script = fileURLToPath(new URL('worklet.js', import.meta.url))
const worklet = spawn(bare, [script, seedOf(profile), profile, settings], {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe']
})

const app = new WorkletApp(worklet.stdio[3])
app.on('error', ({ code, error }) => console.error(`(${code}: ${error})`))
app.on('rootConnected', ({ root }) => console.error(`(root peer ${root.slice(0, 6)} is there)`))
app.on('rootDisconnected', ({ root }) => console.error(`(root peer ${root.slice(0, 6)} is gone)`))
app.on('message', ({ peerPublicKey, message }) => {
  console.log(`${peerPublicKey.slice(0, 6)}: ${String(message)}`)
})

const room = invite === undefined ? await app.createRoom() : await app.join({ invite })
if (invite === undefined) console.log(`invite: ${room.memberInvite}`)

let sending = Promise.resolve()
const typed = createInterface({ input: process.stdin })
typed.on('line', (line) => {
  sending = sending
    .then(() => app.send(room.roomTopic, line))
    .then(
      ({ storedWithRootPeer }) => storedWithRootPeer || console.error('(no root peer has it yet)')
    )
    .catch((err) => console.error(`(not sent: ${err.message})`))
})
typed.on('close', () => void sending.then(untilStored).then(() => worklet.stdio[3].end()))

/** Without a profile, what no root peer has yet would be gone with the worklet. */
async function untilStored() {
  const stored = new Promise((resolve) => app.on('stored', resolve))
  const { messages } = await app.unsent(room.roomTopic)
  if (messages.some(({ stored }) => stored === 0)) return stored.then(untilStored)
}

/** An app makes its seed once, and keeps it where secrets are kept: here, beside the profile. */
function seedOf(profile) {
  const seed = randomBytes(32).toString('hex')
  if (profile === '') return seed
  const file = `${profile}.seed`
  try {
    writeFileSync(file, seed, { flag: 'wx', mode: 0o600 })
  } catch (err) {
    if (err.code !== 'EEXIST') throw err
  }
  return readFileSync(file, 'utf8')
}
