// Who is connected, over all rooms and root peers: told once when it comes and once when it goes, however
// many places it is seen at. Keys in hex.

import type { EventName, Events } from './events.ts'

/** How a part of the worklet tells the app. */
export type Tell = <Name extends EventName>(event: Name, payload: Events[Name]) => void

/** Where root peers are seen. */
const ROOTS = Symbol('root peers')

type Place = string | typeof ROOTS

export class Peers {
  readonly #tell: Tell
  readonly #now: () => number
  /** The places at which each is seen. */
  readonly #seen = new Map<string, Set<Place>>()

  constructor(tell: Tell, now: () => number) {
    this.#tell = tell
    this.#now = now
  }

  get keys(): string[] {
    return [...this.#seen.keys()]
  }

  /** What an app that comes later is told first. */
  events(): Events['peerConnected'][] {
    return Array.from(this.#seen, ([key, places]) => this.#event(key, places))
  }

  root(key: string, isThere: boolean): void {
    this.#see(ROOTS, key, isThere)
  }

  /** A member is in a room now, or is not any more. */
  member(room: string, key: string, isThere: boolean): void {
    this.#see(room, key, isThere)
  }

  /** We are not in that room any more. */
  leave(room: string): void {
    for (const key of this.keys) this.#see(room, key, false)
  }

  #see(place: Place, key: string, isThere: boolean): void {
    const places = this.#seen.get(key)
    if (isThere) {
      if (places !== undefined) return void places.add(place)
      const first = new Set<Place>([place])
      this.#seen.set(key, first)
      return this.#tell('peerConnected', this.#event(key, first))
    }
    if (places?.has(place) !== true) return
    if (places.size > 1) return void places.delete(place)
    this.#seen.delete(key)
    this.#tell('peerDisconnected', this.#event(key, places))
  }

  #event(key: string, places: ReadonlySet<Place>): Events['peerConnected'] {
    return { peerPublicKey: key, timestamp: this.#now(), isRootPeer: places.has(ROOTS) }
  }
}
