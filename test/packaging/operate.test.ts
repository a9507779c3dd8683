// docs/OPERATE.md tells no tale: its commands parse, what it names is there. Those of the systemd chapters
// are run as they are written by test/long/systemd.sh.

import { existsSync } from 'node:fs'
import { Script } from 'node:vm'
import test from 'brittle'
import { parse } from '../../bin/parse.ts'
import { ask, codeBlocks, shipped, shippedPath, unknownVariables } from './shipped.ts'

const operate = shipped('docs', 'OPERATE.md')
const commands = codeBlocks(operate, 'sh')

test('every block of commands is one that a shell can read', (t) => {
  t.ok(commands.length > 15)
  for (const block of commands) {
    const read = ask('bash', '-n', '-c', block)
    t.is(read?.status, 0, `${block.split('\n')[0]} ${read?.said}`)
  }
  t.not(ask('bash', '-n', '-c', 'if true')?.status, 0)
})

test('every root-peer command is one', (t) => {
  const lines = [
    ...operate.matchAll(/(?:^|`|exec root-peer |\|\s)root-peer ((?:[a-z-]+)[^`\n|>]*)/gm)
  ]
    .map((match) => match[1]?.trim() ?? '')
    .filter((line) => line !== '')
  t.ok(lines.length > 3)
  for (const line of lines) {
    const argv = (line.match(/"[^"]*"|\S+/g) ?? []).map(String)
    t.is(parse(argv).kind, 'run', line)
  }
})

test('every other block is what it says', (t) => {
  for (const block of codeBlocks(operate, 'js')) t.ok(new Script(block))
  for (const block of codeBlocks(operate, 'ini')) {
    t.ok(block.split('\n').every((line) => /^(\[\w+\]|\w+=.+|)$/.test(line)))
  }
})

test('every link leads somewhere, and every variable is one', (t) => {
  const headings = [...operate.matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-')
  )
  const links = [...operate.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '')
  t.ok(links.length > 5)
  for (const link of links.filter((link) => !link.startsWith('https:'))) {
    const [file = '', anchor = ''] = link.split('#')
    if (file === '') t.ok(headings.includes(anchor), link)
    else t.ok(existsSync(shippedPath('docs', file)), link)
  }
  t.alike(unknownVariables(operate), [])
})
