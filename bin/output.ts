// stdout: gathered into large writes, with backpressure, and a reader that goes away (| head) told from
// a failure. Owns nothing else; progress and errors go to stderr, unbuffered.

const GATHER_BYTES_MAX = 64 * 1024

/** Whoever read stdout has gone: end quietly, nothing is wrong. */
export class PipeClosed extends Error {
  override readonly name = 'PipeClosed'
}

let failure: Error | null = null
let gathered: Uint8Array[] = []
let gatheredBytes = 0
let scheduled = false

process.stdout.on('error', fail)
process.stderr.on('error', () => {}) // nobody is left to be told

/**
 * Adds to stdout. Resolves at once while little waits, else when the reader has caught up.
 *
 * @throws PipeClosed, if the reader has gone
 */
export async function write(...parts: (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    gathered.push(bytes)
    gatheredBytes += bytes.byteLength
  }
  if (failure !== null) throw failure
  if (gatheredBytes >= GATHER_BYTES_MAX) return drain()
  if (scheduled) return
  scheduled = true
  setImmediate(() => {
    scheduled = false
    drain().catch(() => {}) // the next write or flush tells it
  })
}

export function writeJson(value: unknown): Promise<void> {
  return write(JSON.stringify(value), '\n')
}

/** Resolves once all of it is with the system, or nobody reads it. */
export async function flush(): Promise<void> {
  await drain().catch(() => {})
}

/** As `flush`, for who must know that it arrived. Throws PipeClosed. */
export async function delivered(): Promise<void> {
  await drain()
  if (failure !== null) throw failure
}

async function drain(): Promise<void> {
  if (failure !== null) throw failure
  if (gatheredBytes === 0 && process.stdout.writableLength === 0) return
  const bytes = Buffer.concat(gathered)
  gathered = []
  gatheredBytes = 0
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (err) => {
      if (err) reject(fail(err))
      else resolve()
    })
  })
}

/** The first failure counts: from then on nothing is written. */
function fail(err: NodeJS.ErrnoException): Error {
  failure ??= err.code === 'EPIPE' ? new PipeClosed() : err
  return failure
}
