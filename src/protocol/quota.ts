// Quotas as members are told of them: what may be kept or sent, and how much of it is. Owns their
// numbers on the wire; which of them a root has, and how much they are, is the root's business.

import type { Codec } from './codec.ts'
import { bool, checked, list, struct, uint } from './codec.ts'
import type { RootPeerError } from './errors.ts'

/** What a quota bounds, and of whom. A position is never reused. */
export const QUOTA_KINDS = [
  'unknown', // 0: also stands for a number that this version does not know
  'room-bytes', // 1: kept of this room
  'room-messages', // 2
  'holder-bytes', // 3: kept of all rooms that whoever founded this one pays for
  'holder-rooms', // 4: and how many they are
  'address-bytes', // 5: kept of all rooms that were founded from the same address
  'address-rooms', // 6
  'total-bytes', // 7: kept of all rooms of the root
  'day-messages', // 8: that whoever sends has handed in today
  'address-day-messages' // 9
] as const

export type QuotaKind = (typeof QUOTA_KINDS)[number]

/** One quota as of now. */
export interface QuotaState {
  kind: number
  limit: number
  use: number
  /** Whether something was refused for its sake that does not fit yet. */
  full: boolean
}

/** The quota that had no room for a frame, in its refusal. */
export type FullQuota = Pick<QuotaState, 'kind' | 'limit' | 'use'>

/** The same for a program that has to act on it. */
export interface QuotaFigures {
  kind: QuotaKind
  limit: number
  use: number
}

/** All quotas that bind a room, told after `granted` and whenever one has come a step further. */
export type Usage = QuotaState[]

/** What is left of a quota when members are told of it, in hundredths; of a step up and of one down. */
export const QUOTA_STEPS = [80, 90, 95, 100] as const

export const quotaCodec: Codec<QuotaState> = struct({
  kind: uint,
  limit: uint,
  use: uint,
  full: bool
})

export const fullQuotaCodec: Codec<FullQuota> = struct({ kind: uint, limit: uint, use: uint })

export const usageCodec: Codec<Usage> = checked(
  list(quotaCodec, QUOTA_KINDS.length + 6),
  (all) => new Set(all.map(({ kind }) => kind)).size === all.length,
  'a quota that is told twice'
)

export function quotaNumber(kind: QuotaKind): number {
  return QUOTA_KINDS.indexOf(kind)
}

export function quotaKind(number: number): QuotaKind {
  return QUOTA_KINDS[number] ?? 'unknown'
}

/** The quota that an error tells of; null if it tells of none. */
export function fullQuotaOf({ quota }: RootPeerError): FullQuota | null {
  return quota === undefined ? null : { ...quota, kind: quotaNumber(quota.kind as QuotaKind) }
}

/** What an error tells of the quota that was full. */
export function figuresOf(
  full: FullQuota | null
): { expected: number; got: number; quota: QuotaFigures } | undefined {
  if (full === null) return undefined
  const { limit, use } = full
  return { expected: limit, got: use, quota: { kind: quotaKind(full.kind), limit, use } }
}
