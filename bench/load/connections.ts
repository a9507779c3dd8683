// Many connections: what one costs the root, without a room, with one, and after that was closed.

import { limits } from '../../src/limits.ts'
import type { Figure } from '../figure.ts'
import type { Stage } from '../stage.ts'
import type { Target } from '../wire.ts'
import { KB } from './units.ts'

const CONNECTION_KB_MAX = 70
/** Connections that come before the counted ones: what the first of them costs is paid once. */
const BEFORE = 50

/** @param storage a folder that keeps as many rooms as there are connections. */
export async function connections(stage: Stage, storage: string, count: number): Promise<Figure[]> {
  const root = stage.role('root')
  const crowd = stage.role('crowd')
  const { bootstrap } = stage
  const started = { storage, bootstrap, connectionsPerAddress: limits.connectionsMax }
  const { publicKey } = await root.ask<Target>('start', started)
  const target = { bootstrap, publicKey }
  const memory = () => root.ask<number>('settledMemory')

  await crowd.ask('connect', { ...target, count: BEFORE })
  await crowd.ask('enter')
  const before = await memory()
  const each = async () => ((await memory()) - before) / count / KB

  await crowd.ask('connect', { ...target, count })
  const connected = await each()
  await crowd.ask('enter')
  const used = await each()
  // Rooms that nobody uses rest at the second look, and corestore keeps a core for some seconds more.
  await new Promise((resolve) => setTimeout(resolve, limits.roomIdleMs + 12_000))
  const entered = await each()
  await crowd.ask('leave')
  // A room is closed at the second look after its last user left, at the latest.
  await new Promise((resolve) => setTimeout(resolve, limits.roomIdleMs * 1.5 + 2000))
  const left = await each()
  await crowd.ask('hangUp')
  await root.ask('close')
  for (const role of [crowd, root]) await role.stop()

  const figure = (what: string, value: number): Figure => ({
    name: `connections: ${count}, ${what}`,
    value,
    unit: 'KB'
  })
  return [
    figure('each', connected),
    figure('each with a room just opened', used),
    { ...figure('each with a room', entered), goal: { atMost: CONNECTION_KB_MAX } },
    figure('each, rooms closed', left)
  ]
}
