// Listening to a root peer, and ceasing to. Never knows what is done with an event.

import type { RootPeer, RootPeerEvents } from '../root-peer.ts'

export type Listeners = {
  readonly [Name in keyof RootPeerEvents]?: (...event: RootPeerEvents[Name]) => void
}

/** Calls these for each event, until the function that it returns is called. */
export function listenTo(root: RootPeer, listeners: Listeners): () => void {
  // Each name goes with its own listener, which TypeScript can't see in a loop.
  const entries = Object.entries(listeners) as [keyof RootPeerEvents, () => void][]
  for (const [name, listener] of entries) root.on(name, listener)
  return () => {
    for (const [name, listener] of entries) root.off(name, listener)
  }
}
