// A folder of its own for a test, gone after it however it ended.

import tmp from 'test-tmp'
import type { Test } from 'brittle'

/** Removed last, when whatever was opened in it has been closed by its own teardown. */
export async function tmpFolder(t: Test): Promise<string> {
  return await tmp(t, { order: Infinity, force: true })
}
