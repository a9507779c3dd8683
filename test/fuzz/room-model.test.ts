import test from 'brittle'
import { printRoomRuns, runRooms } from './room-runs.ts'

test('a room and its model agree after every step', { timeout: 120_000 }, async (t) => {
  const figures = await runRooms({ ms: 12_000 })
  t.comment(printRoomRuns(figures))
  t.ok(figures.rows > 3)
})
