// Numbers as people say them: counts, bytes, times, short keys. Pure functions.
// Never a word about what is counted.

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1]
]

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
  if (bytes < 1000) return `${Math.round(bytes)} B`
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? ''}`
}

/** `340 ms`, `2.1 s`. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** A long time, as people say it: `3 days 4 hours`, `1 hour`, `12 seconds`. The two largest units. */
export function uptimeText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const first = UNITS.findIndex(([, length]) => seconds >= length)
  if (first === -1) return '0 seconds'
  let rest = seconds
  const said: string[] = []
  for (const [name, length] of UNITS.slice(first, first + 2)) {
    const number = Math.floor(rest / length)
    rest -= number * length
    if (number > 0) said.push(count(number, name))
  }
  return said.join(' ')
}

/** A rate with no more digits than it deserves: `0`, `0.03`, `4.2`, `1,250`. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return '0'
  if (perSecond < 0.1) return perSecond < 0.01 ? '<0.01' : perSecond.toFixed(2)
  return perSecond < 100
    ? String(Number(perSecond.toFixed(1)))
    : Math.round(perSecond).toLocaleString('en-US')
}
