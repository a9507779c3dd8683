// What others wrote, made fit for a terminal, and the few colours that we use. A body is a stranger's
// bytes: none of them may steer the terminal, move the cursor or turn the reading order.

/** Control characters but tab (C0, DEL, C1), and the marks that reorder, hide or break a line. */
const STEERING = /(?!\t)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A text with everything that steers a terminal made visible. */
export function visible(text: string): string {
  return text.replace(STEERING, (letter) => {
    const code = letter.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code) // ␛ for escape, and so on
    return code === 0x7f ? '\u2421' : '\ufffd'
  })
}

/** Bytes as text for a terminal; what is not UTF-8 becomes the replacement mark. */
export function visibleBytes(bytes: Uint8Array): string {
  return visible(decoder.decode(bytes))
}

export { bytesText, count, durationText, short } from '../src/operator/words.ts'

export interface Paint {
  dim(text: string): string
  bold(text: string): string
  warn(text: string): string
  bad(text: string): string
  good(text: string): string
  /** A colour that is always the same for a key. */
  of(key: string, text: string): string
}

/** Colours for this stream, or none: not a terminal, or the user said so (see no-color.org). */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const on = stream.isTTY && stream.hasColors()
  const paint =
    (code: string) =>
    (text: string): string =>
      on ? `\x1b[${code}m${text}\x1b[0m` : text
  return {
    dim: paint('2'),
    bold: paint('1'),
    warn: paint('33'),
    bad: paint('31'),
    good: paint('32'),
    of: (key, text) => paint(String(COLOURS[key.charCodeAt(0) % COLOURS.length]))(text)
  }
}

const COLOURS = [31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96] as const
