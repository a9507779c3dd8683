import test from 'brittle'
import b4a from 'b4a'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { Names, networkOf } from '../../src/access/names.ts'

test('an address of IPv4 is one network, however it is written', (t) => {
  t.is(networkOf('192.0.2.7'), '192.0.2.7')
  for (const mapped of ['::ffff:192.0.2.7', '::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207']) {
    t.is(networkOf(mapped), '192.0.2.7', mapped)
  }
  t.not(networkOf('192.0.2.8'), networkOf('192.0.2.7'))
})

test('addresses of IPv6 are one network by their /64', (t) => {
  const network = '2001:db8:0:1::/64'
  for (const address of [
    '2001:db8:0:1::1',
    '2001:db8:0:1:ffff:ffff:ffff:ffff',
    '2001:0DB8:0000:0001:0:0:0:2',
    '2001:db8:0:1::192.0.2.1',
    '2001:db8:0:1:a::%eth0'
  ]) {
    t.is(networkOf(address), network, address)
  }
  t.not(networkOf('2001:db8:0:2::1'), network)
  t.is(networkOf('2001:db8::1'), '2001:db8:0:0::/64')
  t.is(networkOf('::1'), '0:0:0:0::/64')
  t.is(networkOf('fe80::1%lo'), 'fe80:0:0:0::/64')
  t.is(networkOf('1::ffff:1.2.3.4'), '1:0:0:0::/64', 'only what is mapped is IPv4')
})

test('what is no address stays what it is', (t) => {
  for (const text of ['', 'localhost', '1.2.3']) t.is(networkOf(text), text)
})

test('names are hashes, others for each store and each kind', (t) => {
  const bytes = b4a.alloc(32, 1)
  const names = [new Names(b4a.alloc(64, 2)), new Names(b4a.alloc(64, 3))]
  const all = names.flatMap((each) => [
    each.key(bytes as PeerKey),
    each.ticket(bytes),
    each.network('192.0.2.7'),
    each.network('192.0.2.8')
  ])
  t.is(new Set(all.map(mapKey)).size, all.length)
  for (const hash of all) t.is(hash.byteLength, 32)
  t.alike(new Names(b4a.alloc(64, 2)).network('192.0.2.7'), all[2], 'and the same ever after')
})
