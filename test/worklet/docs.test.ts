import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { COMMANDS } from '../../src/worklet/commands.ts'
import { EVENTS } from '../../src/worklet/events.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'

test('docs/APPS.md has every command and event, with its number', (t) => {
  const docs = readFileSync(join(repositoryRoot, 'docs/APPS.md'), 'utf8')
  const rows = Array.from(docs.matchAll(/^\| (\d+) +\| (\w+) +\|/gm), ([, number, name]) => [
    name,
    Number(number)
  ])
  t.alike(rows, [...Object.entries(COMMANDS), ...Object.entries(EVENTS)])
})
