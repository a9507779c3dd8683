// What a room's owner asks of the root peers that have it open: to keep less of it, or to delete it. Each
// answers for itself.

import { RootPeerError } from '../../protocol/errors.ts'
import type { Retention } from '../../protocol/retention.ts'
import { clientLimits } from '../limits.ts'
import type { RoomLink } from './room-link.ts'

/**
 * Has every root keep no more than this; resolves once it holds at all of them.
 *
 * @throws `CLOSED` if none has the room open, or one goes away before it answers; `TIMEOUT` for one that
 *   does not answer, as one of an earlier version
 */
export async function retain(links: readonly RoomLink[], retention: Retention): Promise<void> {
  await ask(links, (link, done) => {
    link.once('retained', done)
    link.open?.send.retain(retention)
    return () => link.off('retained', done)
  })
}

/** Has every root delete the room; resolves once none of them has it any more. Throws as `retain` does. */
export async function remove(links: readonly RoomLink[]): Promise<void> {
  await ask(links, (link, done) => {
    const ondenied = ({ code }: RootPeerError): void => {
      if (code === 'ROOM_DELETED') done()
    }
    link.on('denied', ondenied)
    link.open?.send.delete(null)
    return () => link.off('denied', ondenied)
  })
}

async function ask(
  links: readonly RoomLink[],
  one: (link: RoomLink, done: () => void) => () => void
): Promise<void> {
  const open = links.filter((link) => link.open !== null)
  if (open.length === 0) throw new RootPeerError('CLOSED', 'no root peer has this room open now')
  await Promise.all(open.map((link) => answered(link, one)))
}

function answered(
  link: RoomLink,
  one: (link: RoomLink, done: () => void) => () => void
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (code: 'CLOSED' | 'TIMEOUT', what: string): void => {
      end()
      reject(link.denial ?? new RootPeerError(code, `root peer ${link.root} ${what}`))
    }
    // What it says last comes after the channel has closed.
    const onclosed = (): void => queueMicrotask(() => fail('CLOSED', 'went away first'))
    const timer = setTimeout(() => fail('TIMEOUT', 'did not answer'), clientLimits.answerMs)
    link.on('closed', onclosed)
    const off = one(link, () => {
      end()
      resolve()
    })
    function end(): void {
      clearTimeout(timer)
      link.off('closed', onclosed)
      off()
    }
  })
}
