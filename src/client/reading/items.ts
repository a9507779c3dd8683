// A reader as an app iterates it: opened with the first item that is asked for, closed however it ends.

import type { Item, Reader } from './reader.ts'

/**
 * Everything that a reader gives, in turn, at the pace of whoever iterates. It is opened with the first
 * item that is asked for, and closed however the iteration ends.
 *
 * @param taken called with each item that was done with.
 */
export async function* items(
  open: () => Promise<Reader>,
  taken?: (item: Item) => void
): AsyncGenerator<Item> {
  const reader = await open()
  try {
    for (let batch = await reader.take(); batch !== null; batch = await reader.take()) {
      for (const item of batch) {
        if (reader.aborted) return
        yield item
        taken?.(item)
      }
    }
  } finally {
    reader.close()
  }
}
