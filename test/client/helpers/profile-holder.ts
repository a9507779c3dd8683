// A process that opens the profile named on its command line, says so, and keeps it open.

import { Profile } from '../../../src/client/profile/profile.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Which profile?')
await Profile.open(folder, { seed: null, restored: false })
console.log('open')
setInterval(() => {}, 60_000)
