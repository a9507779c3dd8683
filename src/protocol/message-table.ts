// The table of a channel's messages: what stands at which position, and how a channel gets it. Knows no
// message. A position is never reused; a retired one stays as a hole.

import type { Channel } from 'protomux'
import type { Codec } from './codec.ts'
import { strict } from './codec.ts'
import { unexpected } from './errors.ts'

interface Entry {
  position: number
  codec: Codec<never, unknown>
}

type Sent<T, Name extends keyof T> = T[Name] extends { codec: Codec<infer In, infer _> }
  ? In
  : never
type Received<T, Name extends keyof T> = T[Name] extends { codec: Codec<infer _, infer Out> }
  ? Out
  : never

/** What a side does with the messages that may reach it. A message without a handler is `UNEXPECTED`. */
export type Handlers<T> = { [Name in keyof T]?: (message: Received<T, Name>) => void }

/** One function per message; false says that the stream has to drain. */
export type Senders<T> = { readonly [Name in keyof T]: (message: Sent<T, Name>) => boolean }

/** One message of a table. */
export function at<In, Out>(
  position: number,
  codec: Codec<In, Out>
): { position: number; codec: Codec<In, Out> } {
  return Object.freeze({ position, codec: strict(codec, `message ${position}`) })
}

/**
 * How a channel is given a table, in its order. Made once for all channels: a channel costs what its
 * closures cost, and none is made for it here.
 */
export function tableOf<T extends { readonly [name: string]: Entry }>(
  messages: T
): (channel: Channel<never>, handlers: Handlers<T>) => Senders<T> {
  const rows: ({ name: string; encoding: Codec<unknown>; refuse: () => void } | null)[] = []
  for (const [name, { position, codec }] of Object.entries(messages)) {
    while (rows.length <= position) rows.push(null)
    const refuse = (): void => {
      throw unexpected(`"${name}" does not go this way`)
    }
    rows[position] = { name, encoding: codec, refuse }
  }
  return (channel, handlers) => {
    const senders: Record<string, unknown> = {}
    for (const row of rows) {
      if (row === null) {
        channel.addMessage(null)
        continue
      }
      const { name, encoding, refuse } = row
      const onmessage = (handlers[name] as ((message: unknown) => void) | undefined) ?? refuse
      senders[name] = channel.addMessage({ encoding, onmessage }).send
    }
    return senders as Senders<T>
  }
}
