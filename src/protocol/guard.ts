// The guard between a stranger and us, on every mux of a root or a client, installed before anything
// else uses it. The only file that touches Protomux's internals: whatever the other side sends ends at
// most its own connection.

import type Protomux from 'protomux'
import type { State } from 'compact-encoding'
import { badFrame, RootPeerError, tooMany } from './errors.ts'
import { wireLimits } from './limits.ts'

export interface Guarded {
  /** Bytes of this peer broke a rule. Called once; nothing of it is decoded any more. */
  violated(err: RootPeerError): void
  /** An open came to nothing: it named a protocol or an id that is not served. */
  strayed(): void
  /** Bytes came; the frame that they left unfinished will have so many, 0 if there is none. */
  receiving(bytes: number): void
  /** A batch was answered with the mux corked: what was held back may go on. */
  uncorked(): void
}

/** Wraps a mux so that errors reach `guarded` as plain, typed ones, and bounds hold before decoding. */
export function guard(mux: Protomux, guarded: Guarded): void {
  let violated = false
  let batched = false

  const fail = (err: unknown): void => {
    if (violated) return
    violated = true
    // A batch that broke off has left the mux corked: what is now said about it has to get out.
    while (mux.corked > 0) mux.uncork()
    mux._destroying = true
    guarded.violated(typed(err))
  }

  // Protomux passes errors to safety-catch, which rethrows TypeError and its like where nothing can
  // catch them. Here every error, theirs or ours, costs one connection.
  mux._safeDestroy = fail
  mux._safeDestroyBound = fail
  mux._warn = () => {}
  mux.stream.on('error', () => {}) // the close that follows is what counts

  const decode = mux._decode.bind(mux)
  mux._decode = (remoteId: number, state: State) => {
    if (violated) return null
    if (state.end > wireLimits.streamFrameBytesMax) throw badFrame(`a frame of ${state.end} bytes`)
    return decode(remoteId, state)
  }

  // Batches in batches recurse: a few kilobytes of them would overflow the stack.
  const onbatch = mux._onbatch.bind(mux)
  mux._onbatch = (state: State) => {
    if (batched) throw badFrame('a batch in a batch')
    batched = true
    try {
      onbatch(state)
    } finally {
      batched = false
    }
    if (mux.corked > 0) setImmediate(() => guarded.uncorked())
  }

  const onopensession = mux._onopensession.bind(mux)
  mux._onopensession = (state: State) => {
    const bytes = state.end - state.start
    if (bytes > wireLimits.openBytesMax) throw badFrame(`an open of ${bytes} bytes`)
    if (mux._remote.length > wireLimits.channelsMax)
      throw tooMany('channels', wireLimits.channelsMax)
    const before = unpaired(mux)
    const reply = onopensession(state)
    if (unpaired(mux) > before) guarded.strayed()
    return reply
  }

  // An encrypted frame announces its length first: refuse before its bytes are gathered. Once the
  // stream has read it, that is: its own listener may come after this one.
  const checkLength = (): void => {
    const { stream } = mux
    if (stream.destroying) return
    if (stream._len <= wireLimits.streamFrameBytesMax) return guarded.receiving(stream._len)
    stream.destroy(badFrame(`an encrypted frame of ${stream._len} bytes`))
  }
  mux.stream.rawStream.on('data', () => queueMicrotask(checkLength))
}

/** Opens that nobody has answered: more after an open than before means that it strayed. */
function unpaired(mux: Protomux): number {
  return mux._remoteBacklog
}

function typed(err: unknown): RootPeerError {
  if (err instanceof RootPeerError) return err
  return badFrame(err instanceof Error ? err.message : 'unreadable bytes', err)
}
