// Kill -9, round after round, while many send to many rooms. At the end every message that has a receipt
// is in the log where the receipt says, stands there once, and is shown once and in its sender's order:
// by readers that lived through it all, and by one that comes afterwards.

import { parseInvite } from '../../src/client/client.ts'
import type { ReadMessage, Room } from '../../src/client/client.ts'
import { keysOf } from '../../src/protocol/invite.ts'
import { readRawLog } from './raw-log.ts'
import { Stage } from './stage.ts'

export interface KillOptions {
  rounds: number
  rooms?: number
  /** Clients that send to each room. */
  writers?: number
  /** Whether the clients are left to notice by themselves that the root is gone: some 13 s a round. */
  patient?: boolean
  progress?: (round: number) => void
}

export interface KillFigures {
  rounds: number
  rooms: number
  writers: number
  receipts: number
  /** Messages that were sent and not answered at the moment of a kill, over all rounds. */
  underway: number
  logged: number
  /** Everything below must be 0. */
  missing: number
  misplaced: number
  loggedTwice: number
  shownWrongly: number
  ms: number
}

/** Bursts of one writer that are under way together. */
const BURSTS = 4

class Sender {
  readonly room: Room
  readonly name: string
  readonly receipts: { id: string; index: number }[] = []
  underway = 0
  #count = 0
  #onreceipt: (() => void) | null = null

  constructor(room: Room, name: string) {
    this.room = room
    this.name = name
  }

  /** Sends bursts until told to stop; resolves when all of them have their receipts. */
  async run(stopped: () => boolean): Promise<void> {
    const burst = async (): Promise<void> => {
      while (!stopped()) await this.#burst(1 + Math.floor(Math.random() * 40))
    }
    await Promise.all(Array.from({ length: BURSTS }, burst))
  }

  /** Resolves at the next receipt. */
  progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#onreceipt = resolve
    })
  }

  async #burst(count: number): Promise<void> {
    const sending = Array.from({ length: count }, async () => {
      const body = `${this.name}:${this.#count++}:`.padEnd(
        20 + Math.floor(Math.random() * 300),
        '.'
      )
      this.underway++
      const { id, index } = await this.room.send(body)
      this.underway--
      this.receipts.push({ id, index })
      this.#onreceipt?.()
    })
    await Promise.all(sending)
  }

  get count(): number {
    return this.#count
  }
}

/** Resolves with the figures; whether they are good is `isGood`. */
export async function killRounds(options: KillOptions): Promise<KillFigures> {
  const { rounds, rooms: roomCount = 8, writers = 2, patient = false } = options
  const began = Date.now()
  const stage = await Stage.open()
  try {
    await stage.startRoot()
    const rooms: { invite: string; senders: Sender[]; follower: Follower }[] = []
    for (let i = 0; i < roomCount; i++) {
      const invite = (await stage.client().createRoom()).invite
      const senders: Sender[] = []
      for (let j = 0; j < writers; j++) {
        senders.push(new Sender(await stage.client().join(invite), `${j}`))
      }
      rooms.push({ invite, senders, follower: new Follower(await stage.client().join(invite)) })
    }
    const senders = rooms.flatMap((room) => room.senders)
    let stopping = false
    const running = Promise.all(senders.map((sender) => sender.run(() => stopping)))
    running.catch(() => {}) // awaited below; a root that does not start again is the error then
    let underway = 0
    for (let round = 0; round < rounds; round++) {
      await Promise.all(senders.map((sender) => sender.progress()))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
      for (const sender of senders) underway += sender.underway
      await stage.killRoot(!patient)
      await stage.startRoot()
      options.progress?.(round + 1)
    }
    await Promise.all(senders.map((sender) => sender.progress()))
    stopping = true
    await running

    const figures: KillFigures = {
      rounds,
      rooms: roomCount,
      writers: senders.length,
      receipts: 0,
      underway,
      logged: 0,
      missing: 0,
      misplaced: 0,
      loggedTwice: 0,
      shownWrongly: 0,
      ms: 0
    }
    for (const { invite, senders: own, follower } of rooms) {
      const log = await readRawLog(stage.key, stage.bootstrap, keysOf(parseInvite(invite)))
      judgeLog(figures, own, log)
      const fresh = await stage.client().join(invite)
      for (const shown of [await follower.all(log.length), await readAll(fresh)]) {
        figures.shownWrongly += judgeShown(own, shown)
      }
    }
    figures.ms = Date.now() - began
    return figures
  } finally {
    await stage.close()
  }
}

export function isGood(figures: KillFigures): boolean {
  const { missing, misplaced, loggedTwice, shownWrongly, receipts, logged } = figures
  return missing + misplaced + loggedTwice + shownWrongly === 0 && logged === receipts
}

export function printFigures(figures: KillFigures): string {
  const { rounds, rooms, writers, receipts, underway, logged, ms } = figures
  const { missing, misplaced, loggedTwice, shownWrongly } = figures
  return (
    `kill: ${rounds} rounds, ${rooms} rooms, ${writers} writers, ${receipts} receipts, ` +
    `${underway} unanswered when killed; ${logged} in the logs, ${missing} missing, ` +
    `${misplaced} misplaced, ${loggedTwice} twice, ${shownWrongly} shown wrongly; ` +
    `${(ms / 1000).toFixed(0)} s: ${isGood(figures) ? 'ok' : 'NOT OK'}`
  )
}

function judgeLog(figures: KillFigures, senders: readonly Sender[], log: readonly string[]): void {
  const ids = new Set(log)
  figures.logged += log.length
  figures.loggedTwice += log.length - ids.size
  for (const { receipts } of senders) {
    figures.receipts += receipts.length
    for (const { id, index } of receipts) {
      if (!ids.has(id)) figures.missing++
      else if (log[index] !== id) figures.misplaced++
    }
  }
}

/** How many messages were not shown exactly once, in order, proven. */
function judgeShown(senders: readonly Sender[], shown: readonly ReadMessage[]): number {
  let wrong = 0
  const next = new Map(senders.map(({ name }) => [name, 0]))
  for (const { body, proven, fork, late } of shown) {
    const [name = '', number] = Buffer.from(body).toString().split(':')
    if (!proven || fork || late || next.get(name) !== Number(number)) wrong++
    next.set(name, Number(number) + 1)
  }
  for (const { name, count } of senders) if (next.get(name) !== count) wrong++
  return wrong
}

/** Follows a room through everything. */
class Follower {
  readonly #shown: ReadMessage[] = []
  readonly #reading: AsyncGenerator<ReadMessage>

  constructor(room: Room) {
    this.#reading = messages(room, true)
  }

  /** All that was shown, once it is as much as the log has. */
  async all(count: number): Promise<ReadMessage[]> {
    while (this.#shown.length < count) {
      const { value, done } = await this.#reading.next()
      if (done === true) break
      this.#shown.push(value)
    }
    await this.#reading.return(undefined)
    return this.#shown
  }
}

async function readAll(room: Room): Promise<ReadMessage[]> {
  const shown: ReadMessage[] = []
  for await (const message of messages(room, false)) shown.push(message)
  return shown
}

async function* messages(room: Room, follow: boolean): AsyncGenerator<ReadMessage> {
  for await (const item of room.read({ follow })) {
    if (!('body' in item)) throw item.error
    yield item
  }
}
