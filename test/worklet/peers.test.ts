import test from 'brittle'
import { Peers } from '../../src/worklet/peers.ts'

test('a peer is told once when it comes and once when it goes', (t) => {
  const told: string[] = []
  const peers = new Peers(
    (event, payload) =>
      told.push(`${event} ${(payload as { peerPublicKey: string }).peerPublicKey}`),
    () => 0
  )
  peers.member('r', 'ann', true)
  peers.member('r', 'bob', true)
  peers.member('s', 'ann', true)
  peers.member('s', 'ann', true)
  t.alike(told.splice(0), ['peerConnected ann', 'peerConnected bob'])
  peers.member('r', 'bob', false)
  peers.member('r', 'bob', false)
  peers.member('s', 'eve', false)
  t.alike(told.splice(0), ['peerDisconnected bob'])
  peers.leave('s')
  t.alike(told.splice(0), [])
  t.alike(peers.keys, ['ann'])
  peers.leave('r')
  t.alike(told.splice(0), ['peerDisconnected ann'])
  t.alike(peers.keys, [])
})

test('a root peer is told as one, also when it goes', (t) => {
  const told: boolean[] = []
  const peers = new Peers(
    (_event, payload) => told.push((payload as { isRootPeer: boolean }).isRootPeer),
    () => 0
  )
  peers.root('root', true)
  t.alike(
    peers.events().map(({ isRootPeer }) => isRootPeer),
    [true]
  )
  peers.root('root', false)
  t.alike(told, [true, true])
})
