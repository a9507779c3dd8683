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

/** A key, short enough for people to tell a few apart. */
export function short(key: string): string {
  return key.length > 10 ? `${key.slice(0, 8)}…` : key
}

/** `1 message`, `2 messages`, `12,345 messages`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}

/** `512 B`, `110.3 kB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? ''}`
}

/** `340 ms`, `2.1 s`. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

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
