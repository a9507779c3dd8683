// The client of the bench, in a process of its own. Every command answers with milliseconds.

import { once } from 'node:events'
import Hypercore from 'hypercore'
import HyperDHT from 'hyperdht'
import { RootPeerClient } from '../../src/client/client.ts'
import { createRoomKey } from '../../src/protocol/keys.ts'
import { randomBytes } from '../../src/protocol/derive.ts'
import { serve } from '../processes.ts'
import { Lane, makePayloads, readAll, sendAll, Wire } from '../wire.ts'
import type { Target } from '../wire.ts'

interface Load extends Target {
  messages: number
  bytes: number
}

const clock = (): number => Number(process.hrtime.bigint()) / 1e6
const fromHex = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

serve({
  /** Sends payloads over `rooms` rooms; the key of the first is told, to be read back. */
  async send({
    messages,
    bytes,
    perFrame,
    rooms,
    ...target
  }: Load & { perFrame: number; rooms: number }) {
    const wire = new Wire(target)
    await wire.open()
    const keys = Array.from({ length: rooms }, () => createRoomKey())
    const lanes = []
    for (const key of keys) lanes.push(new Lane(await wire.room(key)))
    // A room's first message creates its core, which is not what is measured.
    await sendAll(lanes, makePayloads(rooms, bytes), 1)
    const payloads = makePayloads(messages, bytes)
    const began = clock()
    await sendAll(lanes, payloads, perFrame)
    const ms = clock() - began
    await wire.close()
    return { ms, roomKey: Buffer.from(keys[0] as Uint8Array).toString('hex') }
  },

  /** Sends one message after the other, each when the one before was stored. */
  async quiet({ messages, bytes, ...target }: Load) {
    const wire = new Wire(target)
    await wire.open()
    const key = createRoomKey()
    const room = await wire.room(key)
    const times: number[] = []
    for (const [frame, payload] of makePayloads(messages, bytes).entries()) {
      const began = clock()
      const stored = once(room, 'stored')
      room.open?.send.append({ frame, resume: false, payloads: [payload] })
      await stored
      times.push(clock() - began)
    }
    await wire.close()
    return { times, roomKey: Buffer.from(key).toString('hex') }
  },

  /** Reads a room from its beginning. */
  async read({ messages, roomKey, ...target }: Target & { messages: number; roomKey: string }) {
    const wire = new Wire(target)
    await wire.open()
    const room = await wire.room(fromHex(roomKey))
    const began = clock()
    await readAll(room, messages)
    const ms = clock() - began
    await wire.close()
    return { ms }
  },

  /** Mirrors a core by Hypercore's own replication, all blocks of it. */
  async mirror({
    blocks,
    key,
    host,
    storage
  }: {
    blocks: number
    key: string
    host: Target
    storage: string
  }) {
    const { mirror } = await import('../native.ts')
    return mirror({ blocks, key: fromHex(key), host, storage })
  },

  /** Mirrors a room's core from the root by native replication, on the room's own connection. */
  async mirrorRoom({ roomKey, storage, ...target }: Target & { roomKey: string; storage: string }) {
    const wire = new Wire(target)
    await wire.open()
    const room = await wire.room(fromHex(roomKey))
    const key = room.open?.granted.segments[0]?.coreKey
    if (key === undefined) throw new Error('an empty room')
    const core = new Hypercore(storage, key)
    await core.ready()
    const began = clock()
    const offered = once(room, 'replicate')
    room.open?.send.replicate({ on: true })
    await offered
    if (wire.link.up === null) throw new Error('the connection is gone')
    core.replicate(wire.link.up.mux)
    await core.update({ wait: true })
    await core.download({ start: 0, end: core.length }).done()
    const ms = clock() - began
    await wire.close()
    await core.close()
    return { ms }
  },

  /** Seals, signs and sends bodies through the client library. */
  async sealedSends({ messages, bytes, bootstrap, publicKey }: Load) {
    const client = new RootPeerClient({
      bootstrap,
      host: '127.0.0.1',
      roots: [publicKey],
      direct: false
    })
    const room = await client.createRoom()
    await room.send('first')
    const bodies = makePayloads(messages, bytes)
    const began = clock()
    let stored = 0
    for await (const _ of room.sendAll(bodies)) stored++
    const ms = clock() - began
    const { invite } = room
    await client.close()
    if (stored !== messages) throw new Error(`${stored} of ${messages} stored`)
    return { ms, invite }
  },

  /** Reads through the client library: opened and proven. */
  async proven({ messages, bootstrap, publicKey, invite }: Load & { invite: string }) {
    const client = new RootPeerClient({
      bootstrap,
      host: '127.0.0.1',
      roots: [publicKey],
      direct: false
    })
    const connected = once(client, 'root-connected')
    const room = await client.join(invite)
    await connected
    const began = clock()
    let proven = 0
    for await (const item of room.read()) if ('body' in item && item.proven) proven++
    const ms = clock() - began
    await client.close()
    if (proven !== messages) throw new Error(`${proven} of ${messages} proven`)
    return { ms }
  },

  /** One message at a time through the client library: each `send`'s milliseconds. */
  async sendOneByOne({ messages, bytes, bootstrap, publicKey }: Load) {
    const client = new RootPeerClient({
      bootstrap,
      host: '127.0.0.1',
      roots: [publicKey],
      direct: false
    })
    const room = await client.createRoom()
    await room.send('first')
    const body = randomBytes(bytes)
    const times: number[] = []
    for (let i = 0; i < messages; i++) {
      const began = clock()
      await room.send(body)
      times.push(clock() - began)
    }
    await client.close()
    return { times }
  },

  /** One member sends, one message at a time, another follows: from each send to its being stored. */
  async converse({ messages, bytes, bootstrap, publicKey }: Load) {
    const options = { bootstrap, host: '127.0.0.1', roots: [publicKey], direct: false }
    const writer = new RootPeerClient(options)
    const reader = new RootPeerClient(options)
    const room = await writer.createRoom()
    await room.send('first')
    const other = await reader.join(room.invite)
    const heard = (async () => {
      let count = 0
      for await (const item of other.read({ follow: true })) {
        if (!('body' in item) || !item.proven) throw new Error('a message that does not open')
        if (++count > messages) return
      }
    })()
    const times: number[] = []
    for (const body of makePayloads(messages, bytes)) {
      const began = clock()
      await room.send(body)
      times.push(clock() - began)
    }
    await heard
    await writer.close()
    await reader.close()
    return times
  },

  /** Followers of one room, each on a connection of its own; one more client sends. */
  async fanout({ messages, bytes, followers, ...target }: Load & { followers: number }) {
    const dht = new HyperDHT({ bootstrap: target.bootstrap, host: '127.0.0.1' })
    const key = createRoomKey()
    const wires = Array.from({ length: followers + 1 }, () => new Wire(target, dht))
    const rooms = []
    for (const wire of wires) {
      await wire.open()
      rooms.push(await wire.room(key))
    }
    const [sender, ...readers] = rooms
    if (sender === undefined) throw new Error('nobody sends')
    const payloads = makePayloads(messages, bytes)
    const all = readers.map((room) => readAll(room, messages, true))
    const began = clock()
    await Promise.all([sendAll([new Lane(sender)], payloads, 16), ...all])
    const ms = clock() - began
    for (const wire of wires) await wire.close()
    await dht.destroy()
    return { ms }
  }
})
