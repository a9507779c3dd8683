// A hostile root: a real one, with a real store, whose every connection has a saboteur in it. So what a
// client is told is honest traffic, damaged, doubled, lost, and with forged frames among it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import HyperDHT from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { openAccess } from '../../access/helpers.ts'
import { limits } from '../../../src/limits.ts'
import { Peers } from '../../../src/peers/peers.ts'
import { RoomsLedger } from '../../../src/access/ledger.ts'
import { Files } from '../../../src/files/files.ts'
import { Rooms } from '../../../src/rooms/rooms.ts'
import { Store } from '../../../src/storage/store.ts'
import type { Dice } from './dice.ts'
import { Forge } from './forge.ts'
import { Saboteur } from './saboteur.ts'

const strikesMax = 120
const strikesAtOnce = 4

interface Parts {
  dht: HyperDHT
  peers: Peers
  rooms: Rooms
  files: Files
  store: Store
  folder: string
}

export class HostileRoot {
  readonly #parts: Parts
  readonly #dice: Dice
  readonly #forge: Forge
  readonly #saboteurs = new Set<Saboteur>()
  #forged = 0
  connections = 0

  static async start(bootstrap: readonly string[], dice: Dice): Promise<HostileRoot> {
    const folder = await mkdtemp(join(tmpdir(), 'root-peer-hostile-'))
    const store = await Store.open({ directory: folder, fsync: false })
    const nothing = (): void => {}
    const quiet = {
      registered: nothing,
      stored: nothing,
      freed: nothing,
      retained: nothing,
      deleted: nothing
    }
    const rooms = await Rooms.open(store, quiet, Date.now)
    const { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax } = limits
    const says = { bodyBytesMax, frameBytesMax, frameMessagesMax, roomsMax, features: [] }
    const flags = { durable: true, writable: true, ticketNeeded: false }
    const files = await Files.open(store, { now: Date.now })
    const peers = new Peers({
      rooms,
      access: await openAccess(store, { ledger: new RoomsLedger(rooms, files) }),
      files,
      directory: null,
      announcement: () => ({ versionMin: 1, versionMax: 1, agent: 'hostile', ...flags, ...says }),
      now: Date.now,
      connected: () => {},
      disconnected: () => {},
      violated: () => {}
    })
    const dht = new HyperDHT({ bootstrap: [...bootstrap], host: '127.0.0.1' })
    const root = new HostileRoot({ dht, peers, rooms, files, store, folder }, dice)
    const server = dht.createServer((stream) => root.#accept(stream))
    await server.listen(store.keyPair)
    return root
  }

  private constructor(parts: Parts, dice: Dice) {
    this.#parts = parts
    this.#dice = dice
    this.#forge = new Forge(dice)
  }

  /** In z32. */
  get key(): string {
    return formatKey(this.#parts.store.keyPair.publicKey)
  }

  /** Forged frames that were sent. */
  get frames(): number {
    let frames = this.#forged
    for (const { forged } of this.#saboteurs) frames += forged
    return frames
  }

  async close(): Promise<void> {
    const { dht, peers, rooms, files, store, folder } = this.#parts
    await peers.close()
    await rooms.close()
    await files.close()
    await store.close()
    await dht.destroy()
    await rm(folder, { recursive: true, force: true })
  }

  #accept(stream: NoiseSecretStream): void {
    this.connections++
    const dice = this.#dice.fork()
    const forge = this.#forge.fork(dice)
    const saboteur = new Saboteur(stream, {
      dice,
      forge,
      rate: dice.pick([0.02, 0.1, 0.4]),
      patience: dice.pick([0, 1, 2, 2, 4, 10]),
      company: dice.pick([1, 3, 8])
    })
    this.#saboteurs.add(saboteur)
    stream.once('close', () => {
      this.#saboteurs.delete(saboteur)
      this.#forged += saboteur.forged
    })
    this.#parts.peers.accept(stream)
    this.#strike(stream, saboteur, dice, forge)
  }

  /** Strikes now and then, as long as the client bears it. */
  #strike(stream: NoiseSecretStream, saboteur: Saboteur, dice: Dice, forge: Forge): void {
    let strikes = dice.below(strikesMax)
    const next = (): void => {
      if (stream.destroying || strikes <= 0) return
      for (let i = dice.below(strikesAtOnce) + 1; i > 0; i--, strikes--) {
        saboteur.strike(dice.chance(0.8) ? forge.message() : forge.any())
      }
      timer = setTimeout(next, dice.below(10))
    }
    let timer = setTimeout(next, dice.below(150))
    stream.once('close', () => clearTimeout(timer))
  }
}
