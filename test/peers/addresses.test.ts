import test from 'brittle'
import { Addresses } from '../../src/peers/addresses.ts'

test('an address has so many connections at a time, and others are not held to account for it', (t) => {
  const addresses = new Addresses(2)
  t.is(addresses.take('10.0.0.1'), true)
  t.is(addresses.take('10.0.0.1'), true)
  t.is(addresses.take('10.0.0.1'), false)
  t.is(addresses.take('10.0.0.2'), true)
  addresses.release('10.0.0.1')
  t.is(addresses.take('10.0.0.1'), true, 'one went, one came')
  t.is(addresses.take('10.0.0.1'), false, 'what was refused was not counted')
})

test('an address that has left is not remembered', (t) => {
  const addresses = new Addresses(5)
  for (let i = 0; i < 3; i++) addresses.take('10.0.0.1')
  t.is(addresses.size, 1)
  for (let i = 0; i < 3; i++) addresses.release('10.0.0.1')
  t.is(addresses.size, 0)
})

test('a lower bound sends nobody away', (t) => {
  const addresses = new Addresses(3)
  for (let i = 0; i < 3; i++) addresses.take('10.0.0.1')
  addresses.most = 1
  for (let i = 0; i < 2; i++) {
    addresses.release('10.0.0.1')
    t.is(addresses.take('10.0.0.1'), false)
  }
  addresses.release('10.0.0.1')
  t.is(addresses.take('10.0.0.1'), true)
})
