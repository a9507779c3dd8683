import test from 'brittle'
import { COMMANDS } from '../../src/worklet/commands.ts'
import { EVENTS } from '../../src/worklet/events.ts'
import { HANDLERS } from '../../src/worklet/handlers.ts'

test('numbers are those that apps use, and none is used twice', (t) => {
  const { getKeys, connectedPeers, join, leave, send, sync, reconnect } = COMMANDS
  t.alike([getKeys, connectedPeers, join, leave, send, sync, reconnect], [1, 2, 3, 4, 5, 6, 7])
  const { ready, peerConnected, peerDisconnected, message, error } = EVENTS
  t.alike([ready, peerConnected, peerDisconnected, message, error], [10, 11, 12, 13, 14])

  const numbers = [...Object.values(COMMANDS), ...Object.values(EVENTS)]
  t.is(new Set(numbers).size, numbers.length)
  t.ok(numbers.every((number) => number <= 14 || number >= 20))
})

test('every command has a handler', (t) => {
  t.alike(Object.keys(HANDLERS).sort(), Object.keys(COMMANDS).sort())
})
