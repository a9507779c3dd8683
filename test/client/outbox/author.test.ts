import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Author } from '../../../src/client/outbox/author.ts'
import { wireLimits } from '../../../src/protocol/limits.ts'
import { openMessage, NO_MESSAGE } from '../../../src/protocol/payload.ts'
import type { OpenedMessage } from '../../../src/protocol/payload.ts'
import type { SealedFrame } from '../../../src/client/outbox/author.ts'
import { createKeys, TIME } from '../helpers/writer.ts'

const { keys } = createKeys()
const bodies = (...texts: string[]): Uint8Array[] => texts.map((each) => b4a.from(each))
const opened = ({ payloads }: SealedFrame): OpenedMessage[] =>
  payloads.map((payload) => openMessage(keys, payload))
const signed = (frame: SealedFrame): boolean[] =>
  opened(frame).map((each) => each.signature !== null)

test('the first of a chain and the last of every frame are signed and certified', (t) => {
  const author = new Author(keys, crypto.keyPair(), () => TIME)
  const first = author.seal(bodies('a', 'b', 'c'))
  const second = author.seal(bodies('d', 'e'))
  t.alike(signed(first), [true, false, true])
  t.alike(signed(second), [false, true])
  t.alike(signed(author.seal(bodies('f'))), [true])
  for (const each of [...opened(first), ...opened(second)]) {
    t.is(each.signature === null, each.certificate === null, 'a certificate with each signature')
  }
})

test('numbers and hashes form one chain over all frames', (t) => {
  const author = new Author(keys, crypto.keyPair(), () => TIME)
  const messages = [bodies('a', 'b'), bodies('c'), bodies('d', 'e')].flatMap((each) =>
    opened(author.seal(each))
  )
  t.alike(
    messages.map(({ number }) => number),
    [0, 1, 2, 3, 4]
  )
  for (const [i, message] of messages.entries()) {
    t.ok(b4a.equals(message.previous, messages[i - 1]?.id ?? NO_MESSAGE))
    t.ok(b4a.equals(message.chain, messages[0]?.chain ?? NO_MESSAGE))
    t.is(message.sentAt, TIME)
  }
  const other = opened(new Author(keys, crypto.keyPair(), () => TIME).seal(bodies('a')))
  t.absent(b4a.equals(other[0]?.chain ?? NO_MESSAGE, messages[0]?.chain ?? NO_MESSAGE))
})

test('what was given up is listed in the next signed message, once', (t) => {
  const author = new Author(keys, crypto.keyPair(), () => TIME)
  const lost = author.seal(bodies('a', 'b'))
  author.giveUp(lost)
  const [unsigned, last] = opened(author.seal(bodies('c', 'd'))) as [OpenedMessage, OpenedMessage]
  t.alike(unsigned.givenUp, [])
  t.alike(
    last.givenUp.map(({ number }) => number),
    [0, 1]
  )
  t.ok(b4a.equals(last.givenUp[1]?.id ?? NO_MESSAGE, lost.ids[1] ?? NO_MESSAGE))
  t.alike(opened(author.seal(bodies('e')))[0]?.givenUp, [])
})

test('more than fits is listed by the one after', (t) => {
  const author = new Author(keys, crypto.keyPair(), () => TIME)
  const count = wireLimits.givenUpMax + 50
  author.giveUp(author.seal(Array.from({ length: count }, () => b4a.from('x'))))
  t.is(opened(author.seal(bodies('a')))[0]?.givenUp.length, wireLimits.givenUpMax)
  t.is(opened(author.seal(bodies('b')))[0]?.givenUp.length, 50)
})
