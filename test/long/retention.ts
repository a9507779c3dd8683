// `npm run test:retention`: retention takes nine tenths of a room of 1 GB, or of as many megabytes as are
// named, and the disk gets at least four fifths of that back.

import { retainRoom } from './retention-room.ts'

const MB = 1_000_000
const figures = await retainRoom(Number(process.argv[2] ?? 1000) * MB)
const mb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`
console.log(`kept before: ${mb(figures.keptBytes)}, on the disk: ${mb(figures.usedBefore)}`)
console.log(`let go of: ${mb(figures.freedBytes)} in ${(figures.ms / 1000).toFixed(1)} s`)
console.log(`on the disk afterwards: ${mb(figures.usedAfter)}`)
console.log(`given back: ${(100 * figures.returned).toFixed(1)} %`)
console.log(`commits meanwhile: ${figures.commits}, the longest ${figures.longestMs.toFixed(0)} ms`)
console.log(`the reader in the middle: ${figures.gap}`)
if (figures.returned < 0.8 || !figures.gap.startsWith('gap ')) process.exitCode = 1
