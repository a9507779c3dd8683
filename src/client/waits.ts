// How long a client waits for what may still come, in milliseconds. What depends on how fast roots and
// members answer, and not on the protocol, can be set otherwise.

import { clientLimits } from './limits.ts'

const names = [
  'answerMs',
  'connectMs',
  'stragglerMs',
  'holeMs',
  'directHoldMs',
  'rootPatienceMs',
  'rootlessMs',
  'rootLostRetryMs',
  'refillMinMs',
  'refillTurnMs',
  'refillRestMs',
  'refillYieldMs',
  'peopleMs',
  'lookupDialMs',
  'searchMs',
  'friendCheckMs'
] as const

/** Named as in `clientLimits`, which says what each is. */
export type Waits = Readonly<Record<(typeof names)[number], number>>

export function waitsOf(given: Partial<Waits> = {}): Waits {
  return { ...clientLimits, ...given }
}
