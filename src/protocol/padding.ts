// Padmé: sizes are padded so that they leak at most O(log log n) bits, at a cost of at most 12 %.

/** The padded size of `length` bytes. */
export function padme(length: number): number {
  if (length < 2) return length
  const exponent = 31 - Math.clz32(length)
  const bits = 32 - Math.clz32(exponent)
  const mask = (1 << (exponent - bits)) - 1
  return (length + mask) & ~mask
}
