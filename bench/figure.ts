// A figure and its goal, and how both are written.

/** Rates a second unless the unit says otherwise. */
export interface Figure {
  name: string
  value: number
  /** Least and greatest of the rounds, where there were several. */
  min?: number
  max?: number
  unit?: string
  goal?: { atLeast: number } | { atMost: number }
}

export function isGood({ value, goal }: Figure): boolean {
  if (goal === undefined) return true
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}

/** What a goal says: `≥ 50`, `≤ 1.5`. */
export function goalOf({ goal }: Figure): string {
  if (goal === undefined) return ''
  return 'atLeast' in goal ? `≥ ${written(goal.atLeast)}` : `≤ ${written(goal.atMost)}`
}

export function written(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return Number(value.toPrecision(3)).toString()
}

/** One line for a person. */
export function line(figure: Figure): string {
  const { name, value, min, max, unit = '' } = figure
  const spread = min === undefined || max === undefined ? '' : `${written(min)} to ${written(max)}`
  const goal = goalOf(figure)
  const verdict = isGood(figure) ? '' : '   MISSED'
  const columns = `${name.padEnd(34)} ${written(value).padStart(10)} ${unit.padEnd(6)}`
  return `${columns} ${spread.padStart(22)}   ${goal}${verdict}`.trimEnd()
}

/** What a program reads: `median`, `min` and `max` of several rounds or one `value`, and whether the goal holds. */
export function toJson(figures: readonly Figure[]): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    figures.map((figure) => {
      const { name, value, min, goal, ...rest } = figure
      const number = min === undefined ? { value } : { median: value, min }
      return [name, { ...number, ...rest, ...(goal && { goal, good: isGood(figure) }) }]
    })
  )
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** A quarter of the values is below the first, a quarter above the second. */
export function quartiles(values: readonly number[]): [lower: number, upper: number] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? 0
  return [at(0.25), at(0.75)]
}
