// A client in one room, as send, read and chat use it: opened from the settings, closed at Ctrl-C, and
// what goes wrong on the way said on stderr. Never touches messages.

import { badConfig, reasonOf, usage } from '../src/errors.ts'
import { RootPeerError } from '../src/protocol/protocol.ts'
import type { ClientOptions, Room } from '../src/client/client.ts'
import { RootPeerClient } from '../src/client/client.ts'
import { short } from './display.ts'
import { bindingError, lineOf } from './failure.ts'
import type { Interruption } from './interruption.ts'
import { placeOf } from './place.ts'
import type { Place } from './place.ts'
import type { Settings } from './settings.ts'

/** How long a root peer may take before the user is told that we wait for one. */
const PATIENCE_MS = 2000

export interface Session {
  readonly client: RootPeerClient
  readonly room: Room
  close(): Promise<void>
}

/**
 * @param where what `placeOf` reads, or a place
 * @throws `BAD_INVITE`, before anything is opened; what the client throws
 */
export async function openSession(
  where: string | Place,
  settings: Settings,
  interruption: Interruption
): Promise<Session> {
  const place = typeof where === 'string' ? placeOf(where) : where
  if (place.isOwn === true && settings.profile === undefined) {
    throw usage('your own space belongs to an identity that stays: give --profile')
  }
  const client = new RootPeerClient({ ...clientOptions(settings), direct: place.isSpace })
  const patience = (sentence: string): ReturnType<typeof setTimeout> =>
    setTimeout(() => say(sentence), PATIENCE_MS)
  let waiting = patience(waitingFor(place, settings))
  const close = async (): Promise<void> => {
    clearTimeout(waiting)
    await client.close().catch((err: unknown) => {
      throw bindingError(err, settings)
    })
  }
  client.on('root-connected', () => clearTimeout(waiting))
  client.on('root-disconnected', ({ root }) => {
    clearTimeout(waiting)
    waiting = patience(`root peer ${short(root)} went away; still trying, Ctrl-C gives up`)
  })
  client.on('root-error', tellOnce())
  interruption.signal.addEventListener('abort', () => void close().catch(() => {}))
  try {
    await client.ready().catch((err: unknown) => {
      throw openingError(err, settings)
    })
    const room = await place.enter(client, interruption.signal, settings.roots.length > 0)
    const refused = tellOnce()
    room.on('refused', ({ root, code, detail }) =>
      refused({ root, error: new RootPeerError(code, detail) })
    )
    return { client, room, close }
  } catch (err) {
    await close()
    throw err
  }
}

/** What the settings say of a client. */
export function clientOptions(settings: Settings): ClientOptions {
  const { bootstrap, host, network, profile, roots, tickets } = settings
  return {
    // Scripts are told where each message stands at its root peer; a direct copy stands nowhere.
    direct: false,
    ...(bootstrap === undefined ? {} : { bootstrap: [...bootstrap] }),
    ...(host === undefined ? {} : { host }),
    ...(network === undefined ? {} : { network }),
    ...(profile === undefined ? {} : { profile }),
    ...(tickets.length === 0 ? {} : { tickets }),
    ...(roots.length === 0 ? {} : { roots: [...roots] })
  }
}

/** Waits for the other root peers of a room to have what was put at one of them; says if some have not. */
export async function copied({ files }: Room): Promise<void> {
  const { roots, of } = await files.copied()
  if (roots === of) return
  say(`${roots} of ${of} root peers have it so far; the others get it from members who are there`)
}

/** A sentence for the user, on stderr. */
export function say(sentence: string): void {
  process.stderr.write(`root-peer: ${sentence}\n`)
}

function waitingFor(place: Place, { roots, bootstrap }: Settings): string {
  const named = place.roots > 0 ? place.roots : roots.length
  const where = bootstrap === undefined ? '' : ` by way of ${bootstrap.join(', ')}`
  return named > 0
    ? `the root peer of this room does not answer${where} yet; still trying, Ctrl-C gives up`
    : `no root peer found${where} yet; still looking, Ctrl-C gives up`
}

/** What can go wrong before there is a network: the address, or the profile. */
export function openingError(err: unknown, settings: Settings): unknown {
  const known = bindingError(err, settings)
  const { profile } = settings
  if (known instanceof RootPeerError || profile === undefined) return known
  return badConfig(`the profile in ${profile} can't be opened: ${reasonOf(err)}`)
}

/** Says an error of a root, and not again until another one comes. */
export function tellOnce(): (event: { root: string; error: RootPeerError }) => void {
  let last = ''
  return ({ root, error }) => {
    const line = `${lineOf(error)}${root === '' ? '' : ` (root peer ${short(root)})`}`
    if (line !== last) process.stderr.write(`${line}\n`)
    last = line
  }
}
