// The rules of the house, held by a test: who may import whom, who may ask the machine, how long a
// file may be. Each rule is also shown a file that breaks it, so that a rule cannot fall asleep.

import { readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix, relative, sep } from 'node:path'
import test from 'brittle'
import { repositoryRoot } from './helpers/fixtures.ts'

interface Source {
  /** From the repository's folder, with `/`. */
  readonly path: string
  readonly text: string
}

const linesMax = 300

/** Small files that hold what every part needs to know; protocol and client do without them. */
const leaves = ['limits', 'errors', 'entries', 'config', 'counters', 'busiest']
const stored = ['storage', 'rooms', 'files', 'directory', 'access']
const root = ['peers', 'announcement', 'events', 'mending', 'parts', 'version']

/** Which parts of src (a folder, or a file of src itself) a part may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['protocol'],
  worklet: ['protocol', 'client'],
  mirror: ['protocol', 'client'],
  limits: ['protocol/limits.ts'],
  errors: ['protocol/errors.ts'],
  'entry-kinds': [],
  'access-entries': ['limits', 'entry-kinds'],
  entries: ['limits', 'entry-kinds', 'access-entries'],
  config: ['protocol', 'limits', 'errors', 'entries'],
  busiest: [],
  counters: [],
  announcement: ['protocol', 'limits', 'version'],
  events: ['protocol'],
  mending: ['protocol', 'storage'],
  parts: [],
  version: [],
  storage: ['protocol', ...leaves],
  rooms: ['protocol', ...leaves, ...stored],
  files: ['protocol', ...leaves, ...stored],
  directory: ['protocol', ...leaves, ...stored],
  access: ['protocol', ...leaves, ...stored],
  peers: ['protocol', ...leaves, ...stored],
  standing: ['protocol', ...leaves, ...stored, 'peers', 'events', 'parts'],
  'root-peer': ['protocol', ...leaves, ...stored, ...root, 'standing'],
  operator: ['protocol', ...leaves, 'root-peer', 'version']
}

/** Parts that run in Bare too. */
const inBare = ['client', 'worklet']

/** What the app's side of the worklet may import: it runs where neither Node nor Bare is. */
const appMayImport = [
  ...['b4a', 'bare-rpc', '../protocol/errors.ts'],
  ...['./commands.ts', './events.ts', './people-commands.ts', './pipe.ts']
]

/** Node builtins that have a twin in Bare, by the package's import map. */
const mappedBuiltins = Object.keys(readPackage().imports)
const shipped = Object.keys(readPackage().dependencies)
/** Tests may use the package by its name, as those who install it do. */
const installed = [readPackage().name, ...shipped, ...Object.keys(readPackage().devDependencies)]

test('every part of src imports only what it may', (t) => {
  t.alike(importOffences(sources('src')), [])
})

test('every package that is imported is one that package.json names', (t) => {
  t.alike(packageOffences(sources('src', 'bin'), shipped), [])
  t.alike(packageOffences(sources('test', 'bench'), installed), [])
})

test('the app side of the worklet runs in React Native', (t) => {
  const reached = ['app', 'commands', 'events', 'people-commands', 'pipe'].map(
    (name) => `src/worklet/${name}.ts`
  )
  const files = sources('src').filter(({ path }) => reached.includes(path))
  t.is(files.length, reached.length)
  const imported = files.flatMap(({ text }) => specifiersOf(text))
  t.alike(
    [...new Set(imported)].filter((each) => !appMayImport.includes(each)),
    []
  )
  const errors = sources('src').find(({ path }) => path === 'src/protocol/errors.ts')
  t.alike(specifiersOf(errors?.text ?? ''), [])
})

test('only the command reads the environment', (t) => {
  t.alike(environmentOffences(sources('src')), [])
})

test('no file is longer than a noun', (t) => {
  t.alike(lengthOffences(sources('src', 'bin')), [])
})

test('no file knows a path of one machine', (t) => {
  t.alike(pathOffences(sources('src', 'bin', 'test', 'bench', 'tools')), [])
})

test('the rules find what breaks them', (t) => {
  const breaks = (path: string, text: string): number => importOffences([{ path, text }]).length

  t.is(breaks('src/protocol/keys.ts', `import { limits } from '../limits.ts'`), 1, 'protocol: ours')
  t.is(breaks('src/protocol/keys.ts', `import { Buffer } from 'node:buffer'`), 1, 'protocol: Node')
  t.is(
    breaks('src/protocol/keys.ts', `import { EventEmitter } from 'events'`),
    1,
    'protocol: events'
  )
  t.is(breaks('src/protocol/keys.ts', `import b4a from 'b4a'`), 0, 'protocol: a package')
  t.is(breaks('src/client/room.ts', `import { EventEmitter } from 'events'`), 0, 'client: mapped')
  t.is(breaks('src/client/room.ts', `import path from 'path'`), 1, 'client: not mapped')
  t.is(
    breaks('src/client/room.ts', `import type { Room } from '../rooms/room.ts'`),
    1,
    'client: rooms'
  )
  t.is(breaks('src/client/room.ts', `export * from '../protocol/keys.ts'`), 0, 'client: protocol')
  t.is(breaks('src/worklet/ipc.ts', `import net from 'net'`), 1, 'worklet: not mapped')
  t.is(
    breaks('src/worklet/ipc.ts', `import { Swarm } from '../peers/swarm.ts'`),
    1,
    'worklet: peers'
  )
  t.is(
    breaks('src/worklet/ipc.ts', `import { Room } from '../client/room.ts'`),
    0,
    'worklet: client'
  )
  t.is(breaks('src/rooms/room.ts', `import {\n  A\n} from '../peers/a.ts'`), 1, 'rooms: peers')
  t.is(breaks('src/storage/a.ts', `const a = await import('../peers/a.ts')`), 1, 'storage: dynamic')
  t.is(breaks('src/peers/a.ts', `import '../root-peer.ts'`), 1, 'no part imports the root')
  t.is(breaks('src/operator/a.ts', `import '../root-peer.ts'`), 0, 'who watches it does')
  t.is(breaks('src/root-peer.ts', `import './operator/a.ts'`), 1, 'and it knows of nobody who does')
  t.is(breaks('src/limits.ts', `import { w } from './protocol/limits.ts'`), 0, 'limits: its twin')
  t.is(breaks('src/limits.ts', `import { k } from './protocol/keys.ts'`), 1, 'limits: another')
  t.is(breaks('src/peers/a.ts', `import { run } from '../../bin/run.ts'`), 1, 'src: bin')
  t.is(breaks('src/newcomer/a.ts', ''), 1, 'a part that no rule names')

  const far = {
    path: 'src/a.ts',
    text: `import x from '@scope/x/lib/y.js'\nimport fs from 'node:fs'`
  }
  t.is(packageOffences([far], ['x']).length, 1, 'a package not named')
  t.is(packageOffences([far], ['@scope/x']).length, 0, 'a package named')

  const env = { path: 'src/config.ts', text: 'process.env.STORAGE_DIR' }
  t.is(environmentOffences([env]).length, 1)
  t.is(lengthOffences([{ path: 'src/a.ts', text: 'a\n'.repeat(linesMax + 1) }]).length, 1)
  t.is(lengthOffences([{ path: 'src/a.ts', text: 'a\n'.repeat(linesMax) }]).length, 0)
  const home = { path: 'src/a.ts', text: `'${['', 'home', 'ann', 'store'].join('/')}'` }
  t.is(pathOffences([home]).length, 1)
})

function importOffences(files: readonly Source[]): string[] {
  return files.flatMap(({ path, text }) => {
    const part = partOf(path)
    const allowed = mayImport[part]
    if (allowed === undefined) return [`${path}: no rule says what ${part} may import`]
    return specifiersOf(text)
      .filter((specifier) => !isAllowed(path, part, allowed, specifier))
      .map((specifier) => `${path} imports ${specifier}`)
  })
}

function isAllowed(
  path: string,
  part: string,
  allowed: readonly string[],
  specifier: string
): boolean {
  if (!specifier.startsWith('.')) {
    if (!isBuiltin(specifier)) return true
    if (part === 'protocol') return false
    return !inBare.includes(part) || mappedBuiltins.includes(specifier)
  }
  const target = posix.join(posix.dirname(path), specifier)
  if (!target.startsWith('src/')) return false
  const to = partOf(target)
  return to === part || allowed.includes(to) || allowed.includes(target.slice('src/'.length))
}

function packageOffences(files: readonly Source[], named: readonly string[]): string[] {
  return files.flatMap(({ path, text }) =>
    specifiersOf(text)
      .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
      .filter((specifier) => !named.includes(packageOf(specifier)))
      .map((specifier) => `${path} imports ${specifier}`)
  )
}

/** `@scope/x` for `@scope/x/lib/y.js`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function environmentOffences(files: readonly Source[]): string[] {
  const reads =
    /\bprocess\s*(\.\s*env\b|\[\s*['"]env['"])|\benv\b[^;\n]*from ['"](node:)?process['"]/
  return files.filter(({ text }) => reads.test(text)).map(({ path }) => path)
}

function lengthOffences(files: readonly Source[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path} has ${lines} lines`)
}

function pathOffences(files: readonly Source[]): string[] {
  const machine = /(['"`\s(])(\/(home|Users|root|work|mnt|opt)\/[\w.-]|[A-Z]:\\\\)/
  return files.filter(({ text }) => machine.test(text)).map(({ path }) => path)
}

/** `rooms` for src/rooms/room.ts, `limits` for src/limits.ts. */
function partOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '')
}

function specifiersOf(text: string): string[] {
  const patterns = [
    /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g
  ]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** All sources of the folders, without the ambient declarations and what is installed. */
function sources(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    list(join(repositoryRoot, folder))
      .map((path) => relative(repositoryRoot, path).split(sep).join('/'))
      .filter((path) => /\.(ts|js)$/.test(path) && !/node_modules\/|^src\/types\//.test(path))
      .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), 'utf8') }))
  )
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

interface Package {
  name: string
  imports: Record<string, unknown>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

function readPackage(): Package {
  return JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as Package
}
