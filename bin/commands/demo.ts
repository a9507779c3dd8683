// `root-peer demo`: the main job, on real input, with the root peer killed in the middle. Tells it as a
// story on stderr, in which every number was measured. Leaves nothing behind.

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import createTestnet from 'hyperdht/testnet.js'
import { internal } from '../../src/errors.ts'
import { RootPeerClient } from '../../src/client/client.ts'
import { keysOf, parseInvite, printInvite, toMember } from '../../src/protocol/protocol.ts'
import type { Invocation } from '../commands.ts'
import { Log } from '../demo/log.ts'
import type { ReadBack } from '../demo/reader.ts'
import { readBack } from '../demo/reader.ts'
import { RootProcess } from '../demo/root-process.ts'
import type { Found } from '../demo/scan.ts'
import { scan } from '../demo/scan.ts'
import type { Written } from '../demo/writer.ts'
import { sendLog } from '../demo/writer.ts'
import { bytesText, count, durationText, paintFor, short, visible } from '../display.ts'
import { writeJson } from '../output.ts'

const HOST = '127.0.0.1'
const DHT_NODES = 3

export async function run({ settings, interruption }: Invocation): Promise<number> {
  const log = await Log.open(settings.file)
  const folder = await mkdtemp(path.join(tmpdir(), 'root-peer-demo-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const dht = await createTestnet(DHT_NODES, { host: HOST })
  const bootstrap = dht.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const stage: Stage = { folder, bootstrap, root: null }
  const playing = play(log, stage)
  playing.catch(() => {}) // thrown below, unless it was interrupted
  try {
    const outcome = await Promise.race([playing, interruption.wait()])
    if (outcome === undefined) return interruption.exitCode ?? 0
    if (settings.json) await writeJson(outcome)
    return outcome.equal ? 0 : 1
  } finally {
    await stage.root?.kill()
    await dht.destroy()
  }
}

/** What is to be taken down, however it ends. */
interface Stage {
  readonly folder: string
  readonly bootstrap: string[]
  root: RootProcess | null
}

async function play(log: Log, stage: Stage): Promise<Outcome> {
  const startedAt = Date.now()
  const sent = await write(log, stage)
  const read = await readAll(log, sent.invite, stage)
  await stage.root?.quit()
  // The room's id is no secret of the root's: a search that does not find it would prove nothing.
  const control = await scan(stage.folder, [sent.roomId])
  if (control.found === 0) throw internal("the root peer's files do not even hold the room's id")
  const found = await scan(stage.folder, log.samples)
  tellEnd(log, read, found)
  return outcomeOf(log, sent, read, found, Date.now() - startedAt)
}

interface Sent {
  invite: string
  roomId: Buffer
  atKill: Written
  sendMs: number
}

/** The writer's part, and the killing. Leaves the second root peer running. */
async function write(log: Log, stage: Stage): Promise<Sent> {
  const { folder, bootstrap } = stage
  const args = ['--storage', folder, '--host', HOST, '--bootstrap', bootstrap.join(',')]
  let root = (stage.root = await RootProcess.start(args))
  tell(
    `A root peer runs as process ${root.pid}, on a private DHT on ${HOST}. Its name is ${short(root.publicKey)}`
  )
  const ann = new RootPeerClient({ bootstrap, host: HOST, direct: false })
  await ann.ready()
  const room = await ann.createRoom({ roots: [root.publicKey] })
  tell(`Ann makes a room and sends ${visible(log.name)}:`)
  tell(`${count(log.lines, 'line')}, ${bytesText(log.bytes)}, a message each`)

  const startedAt = Date.now()
  let atKill: Written = { acknowledged: 0, underway: 0 }
  const killAndStart = async (written: Written): Promise<void> => {
    atKill = written
    const { acknowledged, underway } = written
    tell(
      `${count(acknowledged, 'line')} acknowledged, ${underway} on their way: ${paint.bad(`kill -9 ${root.pid}`)}`
    )
    await root.kill()
    root = stage.root = await RootProcess.start(args)
    tell(
      `It is started again as process ${root.pid}, with what its disk has. Nobody tells Ann's client`
    )
  }
  await sendLog(room, log, killAndStart, (ms) => {
    tell(
      `It noticed by itself, and goes on after ${durationText(ms)}: sees what was kept, sends the rest`
    )
  })
  const sendMs = Date.now() - startedAt
  const owned = parseInvite(room.invite)
  const invite = printInvite(toMember(owned))
  const roomId = Buffer.from(keysOf(owned).id)
  await ann.close()
  tell(`All ${log.lines.toLocaleString('en-US')} are acknowledged. Ann leaves`)
  return { invite, roomId, atKill, sendMs }
}

/** The reader's part. */
async function readAll(
  log: Log,
  invite: string,
  { bootstrap }: Stage
): Promise<ReadBack & { readMs: number }> {
  const ben = new RootPeerClient({ bootstrap, host: HOST, direct: false })
  const startedAt = Date.now()
  await ben.ready()
  const result = await readBack(await ben.join(invite), log)
  const readMs = Date.now() - startedAt
  await ben.close()
  tell(
    `Ben, who was away all the time, joins with the invite and reads ${count(result.read, 'line')} in ${durationText(readMs)}`
  )
  return { ...result, readMs }
}

function tellEnd(log: Log, { equal, proven, doubled, stored }: ReadBack, found: Found): void {
  const verdict = equal ? paint.good('equal') : paint.bad('NOT equal')
  tell(`Byte for byte, and in order, what Ben has and what Ann sent is ${verdict}`)
  tell(`Proven to be Ann's: ${proven} of ${log.lines}. Shown twice: ${doubled}`)
  tell(
    `The root peer has ${count(stored, 'message')}: ${count(found.files, 'file')}, ${bytesText(found.bytes)}. Of ${log.samples.length} lines that were looked for in there, ${found.found === 0 ? paint.good('none') : paint.bad(String(found.found))} was found`
  )
}

/** What `--json` prints. */
interface Outcome extends ReadBack {
  lines: number
  /** Of the log, newlines included. */
  bytes: number
  /** Receipts that Ann held at the kill, and messages of hers that were on their way. */
  acknowledgedBeforeKill: number
  underwayAtKill: number
  /** Lines that were looked for in the root peer's files, and how many were there in clear. */
  plaintextSought: number
  plaintextFound: number
  sendMs: number
  readMs: number
  durationMs: number
}

function outcomeOf(
  log: Log,
  { atKill, sendMs }: Sent,
  read: ReadBack & { readMs: number },
  { found }: Found,
  durationMs: number
): Outcome {
  return {
    lines: log.lines,
    bytes: log.bytes,
    acknowledgedBeforeKill: atKill.acknowledged,
    underwayAtKill: atKill.underway,
    ...read,
    plaintextSought: log.samples.length,
    plaintextFound: found,
    sendMs,
    durationMs
  }
}

const paint = paintFor(process.stderr)
const beganAt = Date.now()

/** One line of the story, with the seconds since it began. */
function tell(line: string): void {
  const seconds = ((Date.now() - beganAt) / 1000).toFixed(1).padStart(5)
  process.stderr.write(`${paint.dim(`${seconds} s`)}  ${line}\n`)
}
