// `root-peer browse`: what somebody shares, by handle or key.

import type { Invocation } from '../commands.ts'
import { personOf } from '../place.ts'
import { list } from './ls.ts'

export async function run(invocation: Invocation): Promise<void> {
  await list(personOf(invocation.args[0] ?? ''), invocation)
}
