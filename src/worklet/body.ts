// What an app sends, as the body of a message and back. Text travels as it is, so that every client of a
// room can read it; an object travels as JSON, and what could be taken for something else in an envelope.

import b4a from 'b4a'
import { workletLimits } from './limits.ts'

export interface AppMessage {
  /** A text or an object. */
  message: unknown
  /** The app has sealed it itself, under a key of its own. */
  encrypted: boolean
}

export function toBody(sent: AppMessage): Uint8Array {
  const { message, encrypted } = sent
  const plain = typeof message === 'string' ? message : JSON.stringify(message)
  const back = fromText(plain)
  // An object is another one once it was read: its text is what says whether it is the same.
  const same = typeof back.message === typeof message && textOf(back.message) === plain
  if (!encrypted && !back.encrypted && same) return b4a.from(plain)
  return b4a.from(JSON.stringify({ encrypted, message }))
}

export function fromBody(body: Uint8Array): AppMessage {
  return fromText(b4a.toString(body))
}

/** Whether every JSON there is on the way can take it: another member's must not be too much for one. */
export function isShallow(value: unknown, levels: number = workletLimits.messageDepthMax): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1))
}

function fromText(text: string): AppMessage {
  const object = objectOf(text)
  if (object === null) return { message: text, encrypted: false }
  const { encrypted, message, ...more } = object
  const isMessage = typeof message === 'string' || (typeof message === 'object' && message !== null)
  const isEnvelope = typeof encrypted === 'boolean' && isMessage
  return isEnvelope && Object.keys(more).length === 0
    ? { message, encrypted }
    : { message: object, encrypted: false }
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message)
}

function objectOf(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null
  try {
    const object = JSON.parse(text) as Record<string, unknown>
    // One more for an envelope.
    return isShallow(object, workletLimits.messageDepthMax + 1) ? object : null
  } catch {
    return null
  }
}
