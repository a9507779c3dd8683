import test from 'brittle'
import { chatLogPath, chatLogs, splitLines } from '../helpers/fixtures.ts'
import { passLogs, printFigures } from './pass-logs.ts'

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)))
const newline = [10]
const longest = 128 * 1024

/** Everything that a line can be. */
const made = bytes(
  newline,
  newline,
  'plain\n',
  [0xff, 0xfe, 0xc3, 0x28, 0x80, 10],
  [0, 0, 0, 10, 0, 10],
  'a carriage return\r\n',
  '\r\n',
  '\u2028 no newline of ours, \u00e9\u{1f600}\n',
  'x'.repeat(longest),
  newline,
  newline,
  'y'.repeat(longest - 1),
  newline,
  [...Array(256).keys()].filter((value) => value !== 10),
  newline,
  newline,
  'the last one, without a newline'
)

test(
  'real chat logs, and one of lines of every kind, come out as they went in',
  { timeout: 60_000 },
  async (t) => {
    t.is(splitLines(made).length, 15)
    const figures = await passLogs([
      ...chatLogs.map(chatLogPath),
      { name: 'made', content: made },
      { name: 'empty lines only', content: Buffer.alloc(500, 10) }
    ])
    t.comment(printFigures(figures))
    t.is(figures.files, chatLogs.length + 2)
    t.ok(figures.lines > 4000)
    t.is(figures.wrong, 0)
  }
)
