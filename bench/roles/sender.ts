// Members that send at a steady pace, whatever the root does meanwhile, in a process of their own.

import type { RoomLink } from '../../src/client/roots/room-link.ts'
import { weigh } from '../../src/protocol/window.ts'
import { serve } from '../processes.ts'
import { makePayloads, Wire } from '../wire.ts'
import type { Target } from '../wire.ts'

interface Load extends Target {
  connections: number
  rooms: number
  /** Messages a second, over all rooms. */
  pace: number
  bytes: number
}

/** Messages are sent this often, as many as are due. */
const TICK_MS = 5

/** Sends through one room what its window has room for, one message a frame. */
class Spout {
  readonly #room: RoomLink
  readonly #underway = new Map<number, number>()
  #frame = 0

  constructor(room: RoomLink) {
    this.#room = room
    room.on('stored', ({ frame }) => {
      this.#room.open?.window.release(this.#underway.get(frame) ?? 0)
      this.#underway.delete(frame)
    })
    room.on('refused', ({ detail }) => {
      throw new Error(detail)
    })
  }

  /** False if the window is full: the root can't keep up. */
  send(payload: Uint8Array): boolean {
    const { open } = this.#room
    const weight = weigh([payload])
    if (open === null || !open.window.take(weight)) return false
    this.#underway.set(this.#frame, weight)
    open.send.append({ frame: this.#frame++, resume: false, payloads: [payload] })
    return true
  }
}

let sent = 0
let late = 0

serve({
  async start({ connections, rooms, pace, bytes, ...target }: Load) {
    const spouts: Spout[] = []
    const wires: Wire[] = []
    for (let i = 0; i < connections; i++) {
      const wire = new Wire(target)
      await wire.open()
      wires.push(wire)
      for (let j = 0; j < rooms / connections; j++) spouts.push(new Spout(await wire.room()))
    }
    const payloads = makePayloads(1000, bytes)
    const began = performance.now()
    let due = 0
    setInterval(() => {
      const until = Math.floor(((performance.now() - began) * pace) / 1000)
      for (const { link } of wires) link.up?.mux.cork()
      for (; due < until; due++) {
        const payload = payloads[due % payloads.length] as Uint8Array
        if (spouts[due % spouts.length]?.send(payload) === true) sent++
        else late++
      }
      for (const { link } of wires) link.up?.mux.uncork()
    }, TICK_MS)
  },
  /** Messages sent, and messages that the root had no room for when they were due. */
  progress: () => ({ sent, late })
})
