import test from 'brittle'
import b4a from 'b4a'
import { CONSTANTS, sign } from '../../src/protocol/derive.ts'
import { parseHandle } from '../../src/protocol/handle.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import {
  checkTime,
  holdsUntilMax,
  readProfile,
  recallProfile,
  signProfile
} from '../../src/protocol/profile.ts'
import type { Profile } from '../../src/protocol/profile.ts'
import {
  codeOf,
  filled,
  fromHex,
  hex,
  identity,
  mutations,
  otherIdentity,
  readable,
  TIME
} from './fixtures.ts'
import { profiles } from './golden.ts'

const DAY = 86_400_000
const handle = parseHandle('ann@example.org')

const said: Omit<Profile, 'identity'> = {
  handle: handle.hash,
  sequence: 300,
  validUntil: TIME + DAY,
  listed: true,
  withdrawn: false,
  roots: [filled(32, 1), filled(32, 2)],
  fields: { name: 'Ann', about: 'here and there' }
}

const bad = (bytes: Uint8Array): string => codeOf(() => readProfile(bytes))

/** Any body, well signed. */
function signed(body: string): Uint8Array {
  const bytes = fromHex(body)
  return b4a.concat([bytes, sign(identity, CONSTANTS.profile, bytes)])
}

test('a profile is signed and read as it always was', (t) => {
  const bytes = signProfile(identity, said, null)
  t.is(hex(bytes), profiles.open)
  const { bytes: kept, ...read } = readProfile(bytes)
  t.alike(readable(read), readable({ identity: identity.publicKey, ...said }))
  t.alike(kept, bytes)
  const copy = Uint8Array.from(bytes)
  bytes.fill(0)
  t.alike(kept, b4a.from(copy), 'of its own')
  const { fields: _, ...recalled } = recallProfile(kept)
  const { fields: __, ...rest } = read
  t.alike(readable(recalled), readable(rest))
})

test('the least, and what takes a profile back', (t) => {
  const least = { ...said, handle: null, roots: [], listed: false, fields: null }
  t.is(hex(signProfile(identity, least, null)), profiles.least)
  const withdrawn = signProfile(identity, { ...least, withdrawn: true }, null)
  t.is(hex(withdrawn), profiles.withdrawn)
  t.ok(readProfile(withdrawn).withdrawn)
})

test('sealed fields open with the handle, and with nothing else', (t) => {
  const sealed = signProfile(identity, said, handle)
  t.is(sealed.byteLength, fromHex(profiles.sealed).byteLength)
  for (const bytes of [sealed, fromHex(profiles.sealed)]) {
    t.is(readProfile(bytes).fields, null)
    t.is(readProfile(bytes, parseHandle('ben@example.org')).fields, null, 'another handle')
    t.alike(readProfile(bytes, parseHandle('ANN@example.org')).fields, said.fields)
  }
  // Sealed for another handle than the one that it names.
  const crossed = signProfile(identity, said, parseHandle('ben@example.org'))
  t.is(
    codeOf(() => readProfile(crossed, handle)),
    'BAD_PROFILE'
  )
})

test('no byte of it can be another', (t) => {
  const bytes = signProfile(identity, said, null)
  const taken: string[] = []
  for (const { at, bytes: wrong } of mutations(bytes)) {
    if (bad(wrong) !== 'BAD_PROFILE') taken.push(`${at}`)
  }
  for (let end = 0; end < bytes.byteLength; end++) {
    if (bad(bytes.subarray(0, end)) !== 'BAD_PROFILE') taken.push(`cut at ${end}`)
  }
  t.alike(taken, [])
  t.is(bad(b4a.concat([bytes, filled(1, 0)])), 'BAD_PROFILE', 'a byte too many')
})

test('a profile that somebody else signed is refused', (t) => {
  const bytes = signProfile(otherIdentity, said, null)
  bytes.set(identity.publicKey, 1)
  t.is(bad(bytes), 'BAD_PROFILE')
})

test('what is well signed and makes no sense is refused', (t) => {
  const key = hex(identity.publicKey)
  const rest = '0001ff0068e5cf8b0100000000'
  t.is(bad(signed(`01${key}${rest}0100`)), 'BAD_PROFILE', 'fields that are too short')
  t.is(readProfile(signed(`01${key}${rest}020000`)).fields?.name, '', 'and these are none')
  t.is(bad(signed(`02${key}${rest}020000`)), 'BAD_PROFILE', 'another version')
  t.is(bad(signed('')), 'BAD_PROFILE', 'nothing')
  t.is(bad(signed(`01${key}02`)), 'BAD_PROFILE', 'neither a handle nor none')
  t.is(bad(filled(wireLimits.profileBytesMax + 1, 1)), 'BAD_PROFILE', 'too long')
  t.is(bad(filled(64, 1)), 'BAD_PROFILE', 'a signature of nothing')
})

test('the longest that may be signed is one', (t) => {
  const longest = {
    ...said,
    roots: Array.from({ length: wireLimits.inviteRootsMax }, (_, i) => filled<never>(32, i)),
    fields: {
      name: 'n'.repeat(wireLimits.profileNameBytesMax),
      about: 'a'.repeat(wireLimits.profileAboutBytesMax)
    }
  }
  const bytes = signProfile(identity, longest, handle)
  t.ok(bytes.byteLength <= wireLimits.profileBytesMax, `${bytes.byteLength} bytes`)
  t.alike(readProfile(bytes, handle).fields, longest.fields)
})

test('its time', (t) => {
  const until = (validUntil: number): string =>
    codeOf(() => checkTime({ ...said, validUntil, identity: filled(32, 1) }, TIME))
  t.is(until(TIME + 1), 'nothing thrown')
  t.is(until(TIME), 'PROFILE_EXPIRED')
  t.is(until(TIME + 30 * DAY), 'nothing thrown')
  t.is(until(holdsUntilMax(TIME)), 'nothing thrown')
  t.is(until(holdsUntilMax(TIME) + 1), 'BAD_PROFILE')
})
