// `root-peer stats`: asks the root peer of this machine how it does, over HTTP. Never opens its store, and
// never makes a number of its own.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { badConfig, notRunning, reasonOf } from '../../src/errors.ts'
import { block } from '../../src/operator/report.ts'
import type { Stats } from '../../src/operator/stats.ts'
import type { Invocation } from '../commands.ts'
import { flush, write, writeJson } from '../output.ts'
import type { Settings } from '../settings.ts'
import { reachable, urlOf } from '../url.ts'

const ANSWER_MS = 5000
const FOLLOW_MS = 2000

export async function run({ settings, interruption }: Invocation): Promise<void> {
  const { signal } = interruption
  const url = urlFor(settings)
  while (!signal.aborted) {
    const stats = await ask(url)
    if (settings.json) await writeJson(stats)
    else
      await write(settings.follow ? `${new Date().toTimeString().slice(0, 8)}\n` : '', block(stats))
    if (!settings.follow) return
    await flush()
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => {}) // a signal ends it
  }
}

function urlFor({ httpHost, httpPort: port }: Settings): string {
  if (port === 0) throw badConfig('--http-port is 0, so nobody can be asked: see root-peer config')
  return `${urlOf({ host: reachable(httpHost), port })}/stats`
}

/** @throws `NOT_RUNNING` */
async function ask(url: string): Promise<Stats> {
  let response: IncomingMessage | null = null
  let answer: unknown
  try {
    // Not fetch: it shuns the ports that browsers shun, and a root peer listens on any.
    const request = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_MS) })
    request.on('error', () => {}) // also told by what is waited for
    response = ((await once(request, 'response')) as [IncomingMessage])[0]
    answer = await json(response)
  } catch (err) {
    if (response !== null) throw notRunning(`what answers at ${url} is no root peer`, err)
    throw notRunning(
      `no root peer answers at ${url} (${reasonOf(err)}): start it, or name its port with --http-port, and --config if it has a file`,
      err
    )
  }
  if (response.statusCode === 503) throw notRunning(`the root peer at ${url} is still opening`)
  if (!isStats(answer)) throw notRunning(`what answers at ${url} is no root peer of this version`)
  return answer
}

/** Enough of it to be sure that it is one, and to be shown. */
function isStats(answer: unknown): answer is Stats {
  const { version, rooms, messages, rates, busiest, uptimeMs, bytes, peers } = (answer ??
    {}) as Partial<Stats>
  return (
    typeof version === 'string' &&
    [rooms, messages, bytes, peers, uptimeMs].every((value) => typeof value === 'number') &&
    typeof rates?.messagesPerSecond === 'number' &&
    Array.isArray(busiest)
  )
}
