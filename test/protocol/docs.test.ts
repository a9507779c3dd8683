// docs/PROTOCOL.md has every code of an error, and the bounds that others build by, as the code has them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { wireCode } from '../../src/protocol/errors.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')
const protocol = read('docs/PROTOCOL.md')

test('every code that travels is in the table, under its number', (t) => {
  let number = 1
  for (; wireCode(number) !== 'UNKNOWN'; number++) {
    const row = new RegExp(`^\\| ${number} +\\| \`${wireCode(number)}\` +\\|`, 'm')
    t.ok(row.test(protocol), wireCode(number))
  }
  t.ok(number > 1)
})

test('every code that never travels is listed', (t) => {
  const [, union = ''] = read('src/protocol/errors.ts').split('export type LocalCode')
  const codes = [...union.matchAll(/^ {2}\| '(\w+)' \/\//gm)].map(([, code]) => code)
  const [, listed = ''] = /^Codes that never travel: (.*)\.$/m.exec(protocol) ?? []
  t.ok(codes.length > 0)
  t.alike(
    [...listed.matchAll(/`(\w+)`/g)].map(([, code]) => code),
    codes
  )
})

test('the size of one message of pages is said as it is', (t) => {
  const size = `${wireLimits.pagesBytesMax / 1024} KiB`
  t.ok(protocol.includes(`1,024 pages, of at most ${size} together`))
  t.ok(
    new RegExp(`^\\| \`pagesBytesMax\`, \`pagesCountMax\` +\\| ${size}, 1,024`, 'm').test(protocol)
  )
})
