import test from 'brittle'
import { discoveryTopic } from '../../src/protocol/discovery.ts'
import { hex } from './fixtures.ts'
import { topics } from './golden.ts'

test('the topics where root peers are found', (t) => {
  t.is(hex(discoveryTopic()), topics.all)
  t.is(hex(discoveryTopic('')), topics.all)
  t.is(hex(discoveryTopic('mine')), topics.mine)
})
