// A client without a room, as the commands for people and friends use it: opened from the settings, closed
// at Ctrl-C, and what goes wrong on the way said on stderr.

import { usage } from '../src/errors.ts'
import { RootPeerClient } from '../src/client/client.ts'
import { bindingError } from './failure.ts'
import type { Interruption } from './interruption.ts'
import { clientOptions, openingError, say, tellOnce } from './session.ts'
import type { Settings } from './settings.ts'

export interface ClientUse {
  /** Whether it is done with an identity that stays. */
  own: boolean
  /** Whether others may see that we are here, as long as it takes. */
  present?: boolean
}

/** Opens a client, does something with it, and closes it. */
export async function withClient<T>(
  settings: Settings,
  interruption: Interruption,
  { own, present = false }: ClientUse,
  use: (client: RootPeerClient) => Promise<T>
): Promise<T> {
  if (own && settings.profile === undefined) {
    throw usage('this is about an identity that stays: give --profile DIR')
  }
  const client = new RootPeerClient({ ...clientOptions(settings), direct: true, present })
  const close = (): Promise<void> =>
    client.close().catch((err: unknown) => {
      throw bindingError(err, settings)
    })
  client.on('root-error', tellOnce())
  client.people.on('handle-changed', ({ handle, pinned, key }) =>
    say(`${handle} belongs to ${pinned} here, and ${key} claims it too: take care`)
  )
  interruption.signal.addEventListener('abort', () => void close().catch(() => {}))
  try {
    await client.ready().catch((err: unknown) => {
      throw openingError(err, settings)
    })
    return await use(client)
  } finally {
    await close()
  }
}
