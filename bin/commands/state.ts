// `root-peer state`: the values that a room has under names.

import type { StateValue } from '../../src/client/client.ts'
import { usage } from '../../src/errors.ts'
import type { Invocation } from '../commands.ts'
import { visibleBytes } from '../display.ts'
import { shown } from '../listing.ts'
import { delivered, write, writeJson } from '../output.ts'
import { copied, openSession } from '../session.ts'

const ACTIONS = ['get', 'set', 'ls', 'watch']

export async function run({ settings, args, interruption }: Invocation): Promise<number | void> {
  const [invite = '', action = '', name, value] = args
  if (!ACTIONS.includes(action))
    throw usage(`state takes one of ${ACTIONS.join(', ')}, not "${action}"`)
  if ((action === 'get' || action === 'set') && name === undefined) {
    throw usage(`state ${action} needs a NAME`)
  }
  const session = await openSession(invite, settings, interruption)
  const { json } = settings
  const { signal } = interruption
  try {
    const { state } = session.room
    if (action === 'set') {
      const set = await state.set(name ?? '', value ?? null, { signal })
      await copied(session.room)
      if (json) await writeJson(fieldsOf(set))
    } else if (action === 'get') {
      const found = await state.get(name ?? '', { signal })
      if (found === null) return 1
      if (json) await writeJson(fieldsOf(found))
      else if (process.stdout.isTTY) await write(visibleBytes(found.value), '\n')
      else await write(found.value)
    } else if (action === 'ls') {
      for (const each of await state.list({ signal })) await print(each, json)
    } else {
      for await (const each of state.watch({ signal })) await print(each, json)
    }
    await delivered()
  } finally {
    await session.close()
  }
}

function print(value: StateValue, json: boolean): Promise<void> {
  if (json) return writeJson(fieldsOf(value))
  const what = value.set ? visibleBytes(value.value) : '(unset)'
  return write(`${shown(value.name)}\t${what}\n`)
}

function fieldsOf({ name, set, value, author, version, storedAt }: StateValue): object {
  return { name, set, value: Buffer.from(value).toString('base64'), author, version, storedAt }
}
