// What may be asked over the admin socket, in one table: each command with the check of its arguments.
// Never trusts who asks to have checked them.

import * as v from 'valibot'
import { usage } from '../errors.ts'
import { limits } from '../limits.ts'
import type { RoomId } from '../protocol/bytes.ts'
import { formatKey, key32, parsePeerKey, toZ32 } from '../protocol/bytes.ts'
import type { RootPeer } from '../root-peer.ts'

const amount = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const time = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
const day = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const bare = v.strictObject({})
const named = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[\w.@ -]+$/, 'a name has letters, digits, spaces, and . - _ @'),
    v.maxBytes(limits.ticketNameBytesMax)
  )
})
const listed = v.strictObject({ name: v.pipe(v.string(), v.maxLength(100)), until: time })
const whom = v.strictObject({ name: v.pipe(v.string(), v.maxLength(100)) })
const dropped = v.strictObject({ ...whom.entries, keepOut: v.boolean() })
const ticket = v.strictObject({
  ...named.entries,
  create: v.boolean(),
  rooms: v.nullable(amount),
  bytes: v.nullable(amount),
  messagesPerDay: v.nullable(amount),
  expiresAt: time
})

interface AdminCommand<Args> {
  readonly args: v.GenericSchema<unknown, Args>
  readonly run: (root: RootPeer, args: Args) => unknown
}

function command<Args>(
  args: v.GenericSchema<unknown, Args>,
  run: (root: RootPeer, args: Args) => unknown
): AdminCommand<unknown> {
  return { args, run: run as AdminCommand<unknown>['run'] }
}

const table: Readonly<Record<string, AdminCommand<unknown>>> = {
  'ticket create': command(ticket, async ({ access }, { name, ...scopes }) => ({
    name,
    ticket: await access.tickets.create(name, scopes),
    ...scopes
  })),
  'ticket ls': command(bare, ({ access }) =>
    access.tickets.all.map((each) => ({
      name: each.name,
      id: toZ32(each.hash.subarray(0, 5)),
      ...each.scopes,
      createdAt: each.createdAt,
      usedAt: each.usedAt,
      revokedAt: each.revokedAt,
      good: access.tickets.ended(each) === null
    }))
  ),
  'ticket revoke': command(named, async ({ access }, { name }) => {
    await access.tickets.revoke(name)
    access.enforce()
    return { name }
  }),
  'ban add': command(listed, async ({ access }, { name, until }) => {
    const banned = access.nameOf(name)
    await access.bans.add(banned, until)
    access.enforce()
    return { name: banned, until }
  }),
  'ban rm': command(whom, async ({ access }, { name }) => {
    const banned = access.nameOf(name)
    return { name: banned, removed: await access.bans.remove(banned) }
  }),
  'ban ls': command(bare, ({ access }) => access.bans.all),
  'allow add': command(whom, async ({ access }, { name }) => {
    const key = formatKey(parsePeerKey(name))
    await access.allowed.add(key, null)
    return { name: key }
  }),
  'allow rm': command(whom, async ({ access }, { name }) => {
    const key = formatKey(parsePeerKey(name))
    const removed = await access.allowed.remove(key)
    access.enforce()
    return { name: key, removed }
  }),
  'allow ls': command(bare, ({ access }) => access.allowed.all.map(({ name }) => ({ name }))),
  'room drop': command(dropped, async ({ rooms }, { name, keepOut }) => {
    const id = key32<RoomId>(parsePeerKey(name), 'a room id')
    return { name: formatKey(id), removed: await rooms.drop(id, { keepOut }), keepOut }
  }),
  'room allow': command(whom, async ({ rooms }, { name }) => {
    const id = key32<RoomId>(parsePeerKey(name), 'a room id')
    await rooms.allow(id)
    return { name: formatKey(id) }
  }),
  'room ls': command(bare, async ({ rooms }) => {
    const out: { name: string; deletedAt: number; until: number | null }[] = []
    for await (const { id, tomb } of rooms.keptOut()) {
      const { deletedAt, until } = tomb
      out.push({ name: formatKey(id), deletedAt, until: until === 0 ? null : until })
      if (out.length === limits.roomsListedMax) break
    }
    return out
  }),
  usage: command(v.strictObject({ since: day }), async ({ access }, { since }) => {
    await access.flush()
    return access.usage.since(since)
  })
}

const question = v.strictObject({ command: v.string(), args: v.unknown() })

/** @throws `USAGE` for what is no command, or has wrong arguments; what the command throws */
export async function runAdmin(root: RootPeer, asked: unknown): Promise<unknown> {
  const parsed = v.safeParse(question, asked)
  const known = parsed.success ? table[parsed.output.command] : undefined
  if (!parsed.success || known === undefined || !Object.hasOwn(table, parsed.output.command)) {
    throw usage('this root peer knows no such command: is it of another version?')
  }
  const args = v.safeParse(known.args, parsed.output.args)
  if (args.success) return (await known.run(root, args.output)) ?? null
  const [issue] = args.issues
  throw usage(`${v.getDotPath(issue) ?? parsed.output.command}: ${issue.message}`)
}
