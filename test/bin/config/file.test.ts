import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import type { Found } from '../../../bin/config/values.ts'
import { fromFile } from '../../../bin/config/file.ts'
import { tmpFolder } from '../../helpers/tmp.ts'

async function read(t: Test, text: string): Promise<{ found: Found[]; problems: string[] }> {
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, text)
  const problems: string[] = []
  const found = fromFile(file, problems)
  return { found, problems: problems.map((problem) => problem.replaceAll(file, 'FILE')) }
}

test('a file is an object of settings', async (t) => {
  const { found, problems } = await read(t, '\ufeff{"port": 1, "bootstrap": ["a:1"]}')
  t.alike(problems, [])
  t.alike(
    found.map(({ name, value, source }) => [name, value, source.layer]),
    [
      ['port', 1, 'file'],
      ['bootstrap', ['a:1'], 'file']
    ]
  )
})

test('every name that is none is told, and what was meant', async (t) => {
  const names = ['storag', 'http-port', 'HTTP_HOST', 'noFsync', 'restored', '__proto__', 'quota']
  const { found, problems } = await read(t, `{${names.map((name) => `"${name}":1`).join(',')}}`)
  t.alike(found, [])
  t.alike(problems, [
    'FILE: there is no setting "storag" (did you mean "storage"?)',
    'FILE: there is no setting "http-port" (did you mean "httpPort"?)',
    'FILE: there is no setting "HTTP_HOST" (did you mean "httpHost"?)',
    'FILE: there is no setting "noFsync" (did you mean "fsync"?)',
    'FILE: "restored" is for one run, and no setting: give the flag --restored instead',
    'FILE: there is no setting "__proto__"',
    'FILE: there is no setting "quota"'
  ])
})

test('what is no object of settings is told by place', async (t) => {
  const problem = async (text: string): Promise<string> => (await read(t, text)).problems.join('; ')
  t.is(await problem('{\n  "port": 1,\n}'), 'FILE, line 3, column 1: expected a name in double quotes, got "}"') // prettier-ignore
  t.is(await problem('{"port": 1, "port": 2}'), 'FILE, line 1, column 13: "port" is there twice')
  t.is(await problem(''), 'FILE, line 1, column 1: expected a value, got the end of the file')
  for (const text of ['[]', 'null', '"x"', '1']) {
    t.is(await problem(text), 'FILE: expected an object, { "storage": … }', text)
  }
  t.is(await problem(' '.repeat(1024 * 1024 + 1)), 'FILE: it is larger than any configuration')
})

test('a file that cannot be read is a sentence', async (t) => {
  const folder = await tmpFolder(t)
  const problemOf = (file: string): string | undefined => {
    const problems: string[] = []
    fromFile(file, problems)
    return problems[0]
  }
  const missing = path.join(folder, 'missing')
  t.is(problemOf(missing), `--config ${missing}: there is no such file`)
  mkdirSync(path.join(folder, 'folder'))
  t.ok(problemOf(path.join(folder, 'folder'))?.endsWith('it is a folder, not a file'))
  t.ok(problemOf('/dev/zero')?.endsWith('it is no file'), 'and one that never ends is not begun')
  writeFileSync(path.join(folder, 'file'), '')
  t.ok(problemOf(path.join(folder, 'file', 'x'))?.includes("it can't be read (ENOTDIR"))
})
