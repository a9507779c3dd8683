// npm run bench:files: files through a root peer, beside a Hyperdrive of the same files replicated
// natively and a bare encrypted stream. Ratios are made inside a round. `-- --quick` a little of all,
// `-- --part large|small|beside|folder` one part of it; `-- --part memory` a file, and one four times as large.

import { parseArgs } from 'node:util'
import type { Figure } from './figure.ts'
import { line, median } from './figure.ts'
import type { Role } from './processes.ts'
import { onStage } from './stage.ts'
import type { Stage } from './stage.ts'

const MiB = 1024 * 1024

interface Sizes {
  fileBytes: number
  files: number
  fileBytesSmall: number
  folder: number
}

type Round = Record<string, number>

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true, default: ['large', 'small', 'beside', 'folder'] },
    rounds: { type: 'string', default: '3' }
  }
})
const sizes: Sizes = values.quick
  ? { fileBytes: 32 * MiB, files: 500, fileBytesSmall: 2048, folder: 1000 }
  : { fileBytes: 256 * MiB, files: 5000, fileBytesSmall: 2048, folder: 10_000 }

const rate = (amount: number, { ms }: { ms: number }): number => amount / (ms / 1000)
const megabytes = (bytes: number): number => bytes / 1e6

interface Cast {
  stage: Stage
  number: number
  root: Role
  writer: Role
  reader: Role
}

const PARTS: Record<string, (result: Round, cast: Cast) => Promise<void>> = {
  large,
  small,
  beside,
  folder,
  memory
}

const ask = (role: Role, command: string, argument: object): Promise<{ ms: number }> =>
  role.ask(command, argument)

async function round(stage: Stage, number: number): Promise<Round> {
  const { bootstrap } = stage
  const root = stage.role('root')
  const storage = stage.folder(`root ${number}`)
  const config = { storage, bootstrap, connectionsPerAddress: 4096 }
  const { publicKey } = await root.ask<{ publicKey: string }>('start', config)
  const writer = stage.role('files')
  const reader = stage.role('files')
  const target = { bootstrap, publicKey }
  const { invite } = await writer.ask<{ invite: string }>('open', { ...target, invite: null })
  await writer.ask('upload', { name: 'first', bytes: 1000 })
  await reader.ask('open', { ...target, invite })
  const result: Round = {}
  const cast: Cast = { stage, number, root, writer, reader }
  for (const part of values.part) {
    const play = PARTS[part]
    if (play === undefined) throw new Error(`a part is ${Object.keys(PARTS).join(', ')}`)
    await play(result, cast)
  }
  for (const role of [reader, writer]) {
    await role.ask('close')
    await role.stop()
  }
  await root.ask('close')
  await root.stop()
  return result
}

async function large(result: Round, { stage, number, root, writer, reader }: Cast): Promise<void> {
  const { fileBytes } = sizes
  const mb = megabytes(fileBytes)
  result.bareStream = rate(mb, await bareStream(stage, fileBytes))
  const before = await memories(root, writer, reader)
  const file = { name: 'large', bytes: fileBytes }
  result.upload = rate(mb, await ask(writer, 'upload', file))
  result.download = rate(mb, await ask(reader, 'download', file))
  const after = await memories(root, writer, reader)
  result.rootGrowthMB = megabytes(after[0] - before[0])
  result.writerGrowthMB = megabytes(after[1] - before[1])
  result.readerGrowthMB = megabytes(after[2] - before[2])
  const drive = await hyperdrive(stage, `large ${number}`, 1, fileBytes)
  result.drivePut = rate(mb, drive.put)
  result.driveFetch = rate(mb, drive.fetch)
}

/** By how much the most that each process has held grows with a file that is four times as large. */
async function memory(result: Round, { root, writer, reader }: Cast): Promise<void> {
  const pass = async (name: string, bytes: number): Promise<[number, number, number]> => {
    await ask(writer, 'upload', { name, bytes })
    await ask(reader, 'download', { name, bytes })
    return memories(root, writer, reader)
  }
  const { fileBytes } = sizes
  const one = await pass('one', fileBytes)
  const four = await pass('four', 4 * fileBytes)
  for (const [i, name] of ['root', 'writer', 'reader'].entries()) {
    result[`${name}PeakMB`] = megabytes(one[i] ?? 0)
    result[`${name}PeakFourTimesMB`] = megabytes(four[i] ?? 0)
  }
}

async function small(result: Round, { stage, number, writer, reader }: Cast): Promise<void> {
  const { files, fileBytesSmall } = sizes
  const all = { count: files, bytes: fileBytesSmall }
  result.putSmall = rate(files, await ask(writer, 'putMany', all))
  result.getSmall = rate(files, await ask(reader, 'getMany', all))
  const many = await hyperdrive(stage, `small ${number}`, files, fileBytesSmall)
  result.drivePutSmall = rate(files, many.put)
  result.driveFetchSmall = rate(files, many.fetch)
  // From an app's bytes to another's disk, as our put goes.
  result.drivePutFetchSmall = rate(files, { ms: many.put.ms + many.fetch.ms })
}

/** The first page of a folder, for a reader who has seen nothing of it. */
async function folder(result: Round, { writer, reader }: Cast): Promise<void> {
  await ask(writer, 'putMany', { count: sizes.folder, bytes: 0 })
  result.listMs = (await ask(reader, 'list', {})).ms
}

/** What a transfer costs a message on the same connection, and how soon a change is heard of. */
async function beside(result: Round, { writer, reader }: Cast): Promise<void> {
  const times = async (): Promise<number[]> => {
    const { times } = await writer.ask<{ times: number[] }>('messages', { count: 200 })
    return times.toSorted((a, b) => a - b)
  }
  const at = (sorted: number[], share: number): number =>
    sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  const alone = await times()
  const transfer = writer.ask('upload', { name: 'beside', bytes: sizes.fileBytes })
  const beside = await times()
  await transfer
  result.messageMs = at(alone, 0.5)
  result.messageMsP99 = at(alone, 0.99)
  result.besideUploadMs = at(beside, 0.5)
  result.besideUploadMsP99 = at(beside, 0.99)

  const heard = reader.ask<{ at: number }>('hear', { name: 'news' })
  await new Promise((resolve) => setTimeout(resolve, 500)) // it says nothing when it has begun
  const said = await writer.ask<{ at: number }>('change', { name: 'news' })
  result.changeMs = (await heard).at - said.at
}

async function memories(...roles: Role[]): Promise<[number, number, number]> {
  const [root = 0, writer = 0, reader = 0] = await Promise.all(
    roles.map((role) => role.ask<number>('peak'))
  )
  return [root, writer, reader]
}

async function bareStream(stage: Stage, bytes: number): Promise<{ ms: number }> {
  const { bootstrap } = stage
  const giver = stage.role('files')
  const taker = stage.role('files')
  const { publicKey } = await giver.ask<{ publicKey: string }>('shareStream', { bootstrap, bytes })
  const taken = await taker.ask<{ ms: number }>('fetchStream', { bootstrap, publicKey, bytes })
  await giver.ask('unshare')
  await Promise.all([giver.stop(), taker.stop()])
  return taken
}

async function hyperdrive(
  stage: Stage,
  name: string,
  count: number,
  bytes: number
): Promise<{ put: { ms: number }; fetch: { ms: number } }> {
  const { bootstrap } = stage
  const giver = stage.role('files')
  const taker = stage.role('files')
  const shared = await giver.ask<{ publicKey: string; key: string; ms: number }>('shareDrive', {
    ...{ bootstrap, storage: stage.folder(`drive ${name}`), count, bytes }
  })
  const { publicKey, key } = shared
  const fetch = await taker.ask<{ ms: number }>('fetchDrive', {
    ...{ host: { bootstrap, publicKey }, storage: stage.folder(`copy ${name}`), key }
  })
  await giver.ask('unshare')
  await Promise.all([giver.stop(), taker.stop()])
  return { put: shared, fetch }
}

const RATIOS: { name: string; of: string; over: string; goal: Figure['goal'] | undefined }[] = [
  { name: 'download/bareStream', of: 'download', over: 'bareStream', goal: { atLeast: 0.6 } },
  { name: 'download/driveFetch', of: 'download', over: 'driveFetch', goal: { atLeast: 2 } },
  { name: 'upload/bareStream', of: 'upload', over: 'bareStream', goal: { atLeast: 0.4 } },
  {
    name: 'putSmall/driveFetchSmall',
    of: 'putSmall',
    over: 'driveFetchSmall',
    goal: { atLeast: 3 }
  },
  {
    name: 'putSmall/drivePutFetchSmall',
    of: 'putSmall',
    over: 'drivePutFetchSmall',
    goal: undefined
  },
  {
    name: 'getSmall/driveFetchSmall',
    of: 'getSmall',
    over: 'driveFetchSmall',
    goal: { atLeast: 3 }
  }
]

const GOALS: Record<string, Figure['goal']> = {
  listMs: { atMost: 50 },
  changeMs: { atMost: 100 }
}

const rounds: Round[] = await onStage(async (stage) => {
  const done: Round[] = []
  for (let i = 0; i < Number(values.rounds); i++) {
    done.push(await round(stage, i))
    process.stderr.write(`round ${i + 1} of ${values.rounds}\n`)
  }
  return done
})

function spread(name: string, each: (round: Round) => number): Figure {
  const all = rounds.map(each)
  return { name, value: median(all), min: Math.min(...all), max: Math.max(...all) }
}

for (const name of Object.keys(rounds[0] ?? {})) {
  const goal = GOALS[name]
  console.log(line({ ...spread(name, (each) => each[name] ?? 0), ...(goal && { goal }) }))
}
console.log()
for (const { name, of, over, goal } of RATIOS) {
  if (rounds[0]?.[of] === undefined) continue // not played
  const figure = spread(name, (each) => (each[of] ?? 0) / (each[over] ?? 1))
  console.log(line(goal === undefined ? figure : { ...figure, goal }))
}
process.exit(0)
