// The pages of the HTTP server: metrics, health, readiness, stats. Makes them when they are asked for, and
// quickly, whatever hangs. Never shows anything about a peer or a room that the log would not.

import type { PartName, PartState, RootPeer } from '../root-peer.ts'
import type { Answer, Page } from './http.ts'
import { jsonAnswer } from './http.ts'
import type { LibrarySeries } from './libraries.ts'
import { CONTENT_TYPE } from './libraries.ts'
import { troubles } from './report.ts'
import type { OwnSeries } from './series.ts'
import type { StatsSource } from './stats.ts'

/** A store that has not answered for so long is ill. */
const HEALTH_PATIENCE_MS = 3000

export type Phase = 'opening' | 'ready' | 'closing'

export interface PagesOptions {
  root: RootPeer
  stats: StatsSource
  own: OwnSeries
  libraries: LibrarySeries
  phase: () => Phase
  /** What is wrong with the store; null if it answers. */
  complaint: (patienceMs: number) => Promise<string | null>
}

/** What /readyz says. */
export interface Readiness {
  ready: boolean
  phase: Phase
  /** Those that are not `open` are why it is not ready. */
  parts: Readonly<Record<PartName, PartState>>
  /** Whether the DHT is reached. `no` is no reason not to be ready: who knows the way is served. */
  dht: 'yes' | 'no' | 'unknown'
  /** False: full, so that it serves and does not store. */
  writable: boolean
  /** The same in words. */
  notes: string[]
}

export function pagesOf(options: PagesOptions): Page {
  const pages: Readonly<Record<string, () => Promise<Answer>>> = {
    '/metrics': () => metrics(options),
    '/healthz': () => health(options),
    '/readyz': async () => {
      const readiness = readinessOf(options)
      return Promise.resolve(jsonAnswer(readiness.ready ? 200 : 503, readiness))
    },
    '/stats': () => stats(options)
  }
  return (path) => (Object.hasOwn(pages, path) ? (pages[path]?.() ?? null) : null)
}

async function metrics({ own, libraries, stats }: PagesOptions): Promise<Answer> {
  if (!stats.known) return notYet()
  const body = (await own.text(await stats.read())) + (await libraries.text())
  return { status: 200, type: CONTENT_TYPE, body }
}

async function stats({ stats }: PagesOptions): Promise<Answer> {
  return stats.known ? jsonAnswer(200, await stats.read()) : notYet()
}

async function health({ phase, complaint }: PagesOptions): Promise<Answer> {
  // While it opens it may take long over what it was left with: that is no reason to restart it.
  const reason = phase() === 'ready' ? await complaint(HEALTH_PATIENCE_MS) : null
  if (reason !== null) return jsonAnswer(503, { healthy: false, phase: phase(), reason })
  return jsonAnswer(200, { healthy: true, phase: phase() })
}

function readinessOf({ root, phase }: PagesOptions): Readiness {
  const { parts, online, writable, durable } = root
  const open = Object.values(parts).every((state) => state === 'open')
  return {
    ready: phase() === 'ready' && open,
    phase: phase(),
    parts,
    dht: online === null ? 'unknown' : online ? 'yes' : 'no',
    writable,
    notes: phase() === 'ready' ? troubles({ writable, online, durable }) : []
  }
}

function notYet(): Answer {
  return jsonAnswer(503, { error: { code: 'UNAVAILABLE', message: 'still opening: see /readyz' } })
}
