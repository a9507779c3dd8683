// How much comes in a day, and when the disk will be full at that pace: from samples taken every hour
// and kept through restarts. Trusts no clock: what can't be is dropped. Never touches the disk itself.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WINDOW_MAX_MS = 7 * DAY_MS
const WINDOW_MIN_MS = HOUR_MS
/** A database takes and gives back space in steps: over a shorter time they would be taken for growth. */
const DISK_WINDOW_MIN_MS = 6 * HOUR_MS
/** 0 is for a disk that is full. */
const LEAST_DAYS = 0.1
const SAMPLES_MAX = WINDOW_MAX_MS / HOUR_MS + 1

/** What was there at a time. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Ever stored. */
  readonly messages: number
  readonly bytes: number
  /** What the data folder takes. */
  readonly usedBytes: number
}

export interface Growth {
  /** The time that it rests on: an hour to seven days. */
  windowMs: number
  messagesPerDay: number
  bytesPerDay: number
  /** Of the data folder on the disk; less than nothing where space was given back. */
  diskBytesPerDay: number
}

export class History {
  #samples: Sample[]

  /** @param kept - what {@link History.text} gave; whatever it does not understand is dropped */
  constructor(kept: string | null) {
    this.#samples = kept === null ? [] : parse(kept)
  }

  /** Takes a sample if the last one is an hour old; true if it did, and should be kept. */
  take(sample: Sample): boolean {
    this.#drop(sample)
    const last = this.#samples.at(-1)
    if (last !== undefined && sample.at - last.at < HOUR_MS) return false
    this.#samples = [...this.#samples, sample].slice(-SAMPLES_MAX)
    return true
  }

  /** What a day brings, from the oldest sample of the last seven days until now; null before there is one. */
  growth(now: Sample): Growth | null {
    this.#drop(now)
    const from = this.#samples[0]
    if (from === undefined || now.at - from.at < WINDOW_MIN_MS) return null
    const windowMs = now.at - from.at
    const perDay = (name: 'messages' | 'bytes' | 'usedBytes'): number =>
      Math.round(((now[name] - from[name]) * DAY_MS) / windowMs)
    return {
      windowMs,
      messagesPerDay: perDay('messages'),
      bytesPerDay: perDay('bytes'),
      diskBytesPerDay: perDay('usedBytes')
    }
  }

  /** All of it, to be kept. */
  text(): string {
    return JSON.stringify(
      this.#samples.map(({ at, messages, bytes, usedBytes }) => [at, messages, bytes, usedBytes])
    )
  }

  /**
   * A sample from the future was taken by a clock that was wrong; one that had more than there is now
   * stems from before a backup was restored.
   */
  #drop(now: Sample): void {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined) return
    const sound = last.at <= now.at && last.messages <= now.messages && last.bytes <= now.bytes
    if (sound && now.at - first.at <= WINDOW_MAX_MS) return
    this.#samples = this.#samples.filter(
      ({ at, messages, bytes }) =>
        at <= now.at &&
        now.at - at <= WINDOW_MAX_MS &&
        messages <= now.messages &&
        bytes <= now.bytes
    )
  }
}

/**
 * Days until the disk has only its reserve left; 0 when it is full, null when it does not fill, or too
 * little is known.
 */
export function fullInDays(
  { freeBytes, reserveBytes }: { freeBytes: number; reserveBytes: number },
  growth: Growth | null
): number | null {
  if (freeBytes <= reserveBytes) return 0
  if (growth === null || growth.windowMs < DISK_WINDOW_MIN_MS) return null
  if (growth.diskBytesPerDay <= 0) return null
  const days = (freeBytes - reserveBytes) / growth.diskBytesPerDay
  return Math.max(LEAST_DAYS, Math.round(days * 10) / 10)
}

/** Samples in order of time, or none: a history is no reason not to start. */
function parse(text: string): Sample[] {
  let rows: unknown
  try {
    rows = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(rows)) return []
  return rows
    .flatMap((row: unknown): Sample[] => {
      if (!Array.isArray(row) || row.length !== 4) return []
      const [at, messages, bytes, usedBytes] = row.map((value: unknown) =>
        typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : -1
      )
      const sample = { at: at ?? -1, messages: messages ?? -1, bytes: bytes ?? -1 }
      const used = usedBytes ?? -1
      if (Math.min(sample.at, sample.messages, sample.bytes, used) < 0) return []
      return [{ ...sample, usedBytes: used }]
    })
    .sort((a, b) => a.at - b.at)
    .slice(-SAMPLES_MAX)
}
