// Many peers at once, in one process and over one DHT node: idle ones, ones with a room each, one that
// stops reading, and one that writes a lot.

import HyperDHT from 'hyperdht'
import type { RoomLink } from '../../src/client/roots/room-link.ts'
import { serve } from '../processes.ts'
import { Lane, makePayloads, readAll, roomKeyOf, sendAll, Wire } from '../wire.ts'
import type { Target } from '../wire.ts'

const TOGETHER = 50
const CHUNK_BYTES = 16 * 1024 * 1024
const PAYLOAD_BYTES = 4096

let dht: HyperDHT | null = null
let wires: Wire[] = []
let rooms: RoomLink[] = []

function node({ bootstrap }: Target): HyperDHT {
  return (dht ??= new HyperDHT({ bootstrap, host: '127.0.0.1' }))
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < count; first += TOGETHER) {
    const size = Math.min(TOGETHER, count - first)
    await Promise.all(Array.from({ length: size }, (_, i) => work(first + i)))
  }
}

serve({
  /** So many more connections, which do nothing. */
  async connect({ count, ...target }: Target & { count: number }) {
    const dht = node(target)
    const more = Array.from({ length: count }, () => new Wire(target, dht))
    await inTurns(count, async (i) => more[i]?.open())
    wires.push(...more)
  },

  /** Every connection opens a room of its own: room number i for connection i. */
  async enter() {
    const entered = wires.slice(rooms.length)
    const first = rooms.length
    await inTurns(entered.length, async (i) => {
      const room = await entered[i]?.room(roomKeyOf(first + i))
      if (room !== undefined) rooms.push(room)
    })
    return rooms.length
  },

  /** Every connection leaves its room and stays. */
  leave() {
    for (const room of rooms) room.close()
    rooms = []
  },

  /** Follows a room over a connection of its own, and reads nothing from the first page on. */
  async stall({ room: number, ...target }: Target & { room: number }) {
    const wire = new Wire(target, node(target))
    await wire.open()
    wires.push(wire)
    const room = await wire.room(roomKeyOf(number))
    await readAll(room, 1, true)
    room.link.up?.mux.stream.pause()
  },

  /** Sends so many bytes through a room, as fast as it goes. */
  async pour({ room: number, bytes, ...target }: Target & { room: number; bytes: number }) {
    const wire = new Wire(target, node(target))
    await wire.open()
    const lane = new Lane(await wire.room(roomKeyOf(number)))
    const payloads = makePayloads(CHUNK_BYTES / PAYLOAD_BYTES, PAYLOAD_BYTES)
    for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) await sendAll([lane], payloads, 16)
    await wire.close()
  },

  /** All connections go. */
  async hangUp() {
    for (const wire of wires) await wire.close()
    wires = []
    rooms = []
  }
})
