// One root of one room: its channel, wired to what uses it (delivery, presence, broadcasts), and how it
// stands. Whether another stands in for it is not decided here.

import { mapKey } from '../../protocol/bytes.ts'
import type { PeerKey } from '../../protocol/bytes.ts'
import { wireCode } from '../../protocol/errors.ts'
import { quotaKind } from '../../protocol/quota.ts'
import { Delivery } from '../outbox/delivery.ts'
import { Refusal } from '../outbox/refusal.ts'
import { RoomLink } from './room-link.ts'
import type { RootLink } from './root-link.ts'
import type { Inside } from '../way.ts'
import { steadyNow } from '../clock.ts'

/** How a root of a room stands. */
export interface RootStatus {
  /** Its key, in z32. */
  root: string
  /** Whether it has granted the room on the connection there is. */
  connected: boolean
  /** Whether it was out of reach for so long that nothing waits for it any more. */
  lost: boolean
  /** Messages that another root has and it lacks, as of the last comparison. */
  behind: number
}

export class RoomRoot {
  readonly link: RoomLink
  /** Null for a guest. */
  readonly delivery: Delivery | null
  /** Since when it is out of reach, by `steadyNow`; null while it is not. */
  away: number | null = steadyNow()
  lost = false
  behind = 0
  readonly #onwritable: (writable: boolean) => void
  /** Whether some quota there has no room for what it was given. */
  #full = false

  /** Nothing goes over the wire before `start`. */
  constructor(root: RootLink, { keys, outbox, company, tell }: Inside) {
    const link = new RoomLink(root, keys)
    this.link = link
    this.delivery = outbox === null ? null : new Delivery(link, outbox, keys)
    const spaceAgain = (): void => {
      tell('space-again', { root: link.root })
      this.delivery?.hurry()
    }
    this.#onwritable = (writable) => void (writable && spaceAgain())
    root.on('writable', this.#onwritable)
    link.on('granted', () => {
      this.away = null
    })
    link.on('closed', () => {
      this.away ??= steadyNow()
      company.forget(link.root)
    })
    link.on('denied', (error) => {
      tell('denied', { root: link.root, error })
      if (error.code !== 'ROOM_DELETED') return
      this.delivery?.close()
      outbox?.carry(new Refusal(link.root, outbox, error))
      tell('deleted', { root: link.root })
    })
    link.on('retained', (retention) => tell('retention', { root: link.root, retention }))
    link.on('presence', (message) => tell('presence', company.presence(link.root, message)))
    link.on('refused', ({ code }) => {
      // What is told of it comes later, and there may be room by then.
      this.#full ||= wireCode(code) === 'ROOM_FULL'
    })
    link.on('usage', (usage) => {
      const { root } = link
      const quotas = usage.map(({ kind, ...rest }) => ({ kind: quotaKind(kind), ...rest }))
      tell('quota', { root, quotas })
      const full = usage.some((each) => each.full)
      if (this.#full && !full) spaceAgain()
      this.#full = full
    })
    link.on('broadcast', (sealed) => {
      const event = company.open(sealed)
      if (event !== null) tell('broadcast', event)
    })
  }

  /** The root's key as people read it. */
  get name(): string {
    return this.link.root
  }

  get status(): RootStatus {
    const { name: root, lost, behind } = this
    return { root, connected: this.link.open !== null, lost, behind }
  }

  is(root: PeerKey): boolean {
    return mapKey(this.link.link.root) === mapKey(root)
  }

  close(): void {
    this.link.link.off('writable', this.#onwritable)
    this.delivery?.close()
    this.link.close()
  }
}
