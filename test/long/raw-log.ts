// A room's log as the root has it, entry by entry: what a reader shows once may stand there twice.

import type { RoomKeys } from '../../src/protocol/keys.ts'
import { mapKey, parsePeerKey } from '../../src/protocol/bytes.ts'
import { decodePage } from '../../src/protocol/page.ts'
import { openMessage } from '../../src/protocol/payload.ts'
import type { Pages, Pull } from '../../src/protocol/room-channel.ts'
import { Network } from '../../src/client/roots/network.ts'
import { RoomLink } from '../../src/client/roots/room-link.ts'
import type { StreamUser } from '../../src/client/roots/room-link.ts'
import { RootLink } from '../../src/client/roots/root-link.ts'
import HyperDHT from 'hyperdht'

/** The ids of all messages in the log, in hex, by number. */
export async function readRawLog(
  root: string,
  bootstrap: readonly string[],
  keys: RoomKeys
): Promise<string[]> {
  const host = '127.0.0.1'
  const network = new Network({ keyPair: HyperDHT.keyPair(), bootstrap, host })
  const link = new RootLink(parsePeerKey(root), network, { agent: 'raw', tickets: [] })
  const room = new RoomLink(link, keys)
  try {
    return await new Promise<string[]>((resolve) => {
      room.attach(new Collector(keys, resolve))
      room.start()
      link.start()
    })
  } finally {
    room.close()
    link.close()
    await network.close()
  }
}

class Collector implements StreamUser {
  readonly #keys: RoomKeys
  readonly #done: (ids: string[]) => void
  readonly #ids: string[] = []

  constructor(keys: RoomKeys, done: (ids: string[]) => void) {
    this.#keys = keys
    this.#done = done
  }

  position(): Omit<Pull, 'stream'> {
    return { coreKey: null, from: this.#ids.length, limit: 0, live: false, head: null }
  }

  pages({ pages, end }: Pages): void {
    for (const page of pages) {
      for (const { index, payload } of decodePage(page).entries) {
        this.#ids[index] = mapKey(openMessage(this.#keys, payload).id)
      }
    }
    if (end) this.#done([...this.#ids])
  }

  gap(): void {
    throw new Error('a gap in a log that keeps all')
  }

  reset(): void {
    throw new Error('a reset of a log that was never rolled back')
  }

  cut(): void {
    this.#ids.length = 0
  }
}
