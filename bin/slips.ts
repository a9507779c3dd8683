// The name that was meant. Knows nothing of flags, variables or entries.

/** In a name shorter than this, two slips make another word: HOME is not HOST. */
const LONG_LETTERS = 7

/** The one name that is a slip of the hand away, or two in a long one; null if none is. */
export function meantBy(wrong: string, names: readonly string[]): string | null {
  const slipsMax = wrong.length < LONG_LETTERS ? 1 : 2
  const near = names
    .filter((name) => Math.abs(name.length - wrong.length) <= slipsMax)
    .map((name) => ({ name, slips: slips(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ slips }) => slips <= slipsMax)
    .sort((a, b) => a.slips - b.slips)[0]
  return near?.name ?? null
}

/** ` (did you mean X?)`, or nothing. */
export function nearest(wrong: string, names: readonly string[]): string {
  const meant = meantBy(wrong, names)
  return meant === null ? '' : ` (did you mean ${meant}?)`
}

/** Letters to put in, take out, change or swap with the next to get from one word to the other. */
function slips(a: string, b: string): number {
  let above2: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (above2[j - 2] ?? 0) + 1 : changed
      row.push(Math.min(changed, swapped, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    ;[above2, above] = [above, row]
  }
  return above[b.length] ?? 0
}
