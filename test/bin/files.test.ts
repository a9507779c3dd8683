// The commands for files, from the outside: a member puts a folder and is gone, another lists, reads a part,
// follows and fetches; and what the root peer keeps says nothing of it.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import type { Finished } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'
import type { Stage } from './stage.ts'
import { objects, stage as stageOf } from './stage.ts'

type Run = (...args: string[]) => Promise<Finished>

/** A stage whose commands are written out. */
async function stage(t: Test): Promise<Omit<Stage, 'run'> & { run: Run }> {
  const { run, ...rest } = await stageOf(t)
  return { ...rest, run: (...args) => run(args) }
}

const large = Buffer.concat(
  Array.from({ length: 40_000 }, (_, i) => Buffer.from(`line ${i} secretword\n`))
)

async function makeFolder(t: Test): Promise<string> {
  const folder = path.join(await tmpFolder(t), 'papers')
  await mkdir(path.join(folder, 'deep/deeper'), { recursive: true })
  await writeFile(path.join(folder, 'large.log'), large)
  await writeFile(path.join(folder, 'deep/deeper/Grüße 日本.txt'), 'Grüße, secretword')
  await writeFile(path.join(folder, 'deep/empty.json'), '')
  return folder
}

test('a folder outlives its owner’s connection, and the root peer knows nothing of it', async (t) => {
  const { run, invite, guest, storage, root } = await stage(t)
  const folder = await makeFolder(t)
  const put = await run('put', invite, folder)
  t.is(put.code, 0, put.stderr)
  t.ok(/^root-peer: 3 files sent; /m.test(put.stderr), put.stderr)

  const top = objects((await run('ls', guest, '--json')).stdout)
  t.alike(
    top.map((each) => [each['path'], each['kind']]),
    [['papers', 'folder']]
  )
  const inside = objects((await run('ls', guest, 'papers', '--json')).stdout)
  const log = inside.find((each) => each['path'] === 'papers/large.log')
  t.alike([log?.['size'], log?.['version']], [large.byteLength, 1])
  const fields = 'path kind size mediaType modifiedAt author version storedAt hash'
  t.alike(Object.keys(log ?? {}), fields.split(' '))
  const [empty] = objects((await run('ls', guest, 'papers/deep/empty.json', '--json')).stdout)
  t.alike([empty?.['mediaType'], empty?.['size']], ['application/json', 0])

  const part = await run('get', guest, 'papers/large.log', '--range', '300000-300050')
  t.ok(part.stdout.equals(large.subarray(300_000, 300_050)), part.stderr)
  const whole = await run('get', guest, 'papers/large.log', '-')
  t.ok(whole.stdout.equals(large))

  const to = path.join(await tmpFolder(t), 'to')
  const got = await run('get', guest, 'papers', to)
  t.ok(/^root-peer: 3 files fetched; /m.test(got.stderr), got.stderr)
  t.ok((await readFile(path.join(to, 'large.log'))).equals(large))
  t.is(
    (await readFile(path.join(to, 'deep/deeper/Grüße 日本.txt'))).toString(),
    'Grüße, secretword'
  )
  const again = await run('get', guest, 'papers', to)
  t.ok(/^root-peer: 0 files fetched, 3 equal already; 0 B/m.test(again.stderr), again.stderr)

  await root.close()
  const words = ['secretword', 'papers', 'large.log', 'Grüße', 'application/json']
  for (const name of await readdir(storage, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const bytes = await readFile(path.join(name.parentPath, name.name))
    for (const word of words) if (bytes.includes(word)) t.fail(`${name.name} has ${word}`)
  }
})

test('changes are followed, versions kept and brought back, files deleted', async (t) => {
  const { run, invite, args } = await stage(t)
  const folder = await tmpFolder(t)
  const file = path.join(folder, 'plan.md')
  await writeFile(file, 'one')
  await run('put', invite, file)
  const watching = new Live(t, ['watch', invite, '--json', ...args, '--from', 'start'])
  await watching.says(/"path":"plan.md"/)
  await writeFile(file, 'two, longer')
  t.is((await run('put', invite, file, '--keep', '3')).code, 0)
  await watching.says(/"version":2/)

  const versions = objects((await run('ls', invite, 'plan.md', '--versions', '--json')).stdout)
  t.alike(
    versions.map((each) => [each['version'], each['size']]),
    [
      [2, 11],
      [1, 3]
    ]
  )
  t.is((await run('restore', invite, 'plan.md', '1')).code, 0)
  t.is((await run('get', invite, 'plan.md', '-')).stdout.toString(), 'one')
  t.is((await run('restore', invite, 'plan.md', '9')).code, 1)
  await watching.says(/"version":3/)

  t.is((await run('rm', invite, 'plan.md')).code, 0)
  await watching.says(/"change":"deleted","path":"plan.md"/)
  const gone = await run('rm', invite, 'plan.md', '--json')
  t.is(gone.code, 1)
  t.ok(gone.stderr.startsWith('root-peer: FILE_UNKNOWN: '), gone.stderr)
  watching.signal('SIGINT')
  t.is(await watching.ended, 130)
})

test('a folder is kept equal one way', async (t) => {
  const { run, invite } = await stage(t)
  const [from, to] = [await tmpFolder(t), await tmpFolder(t)]
  for (const name of ['a', 'b', 'c']) await writeFile(path.join(from, name), name)
  await run('sync', invite, from, '--up')
  await run('sync', invite, to, '--down')
  t.alike((await readdir(to)).sort(), ['a', 'b', 'c'])
  await writeFile(path.join(to, 'd'), 'd')
  const down = await run('sync', invite, to, '--down', '--delete', '--json')
  t.ok(objects(down.stdout).some((each) => each['path'] === 'd' && each['what'] === 'deleted'))
  t.alike((await readdir(to)).sort(), ['a', 'b', 'c'])
  t.is((await run('sync', invite, from)).code, 64)
  t.is((await run('sync', invite, from, '--up', '--down')).code, 64)
})

test('state has its own command', async (t) => {
  const { run, invite, guest, args } = await stage(t)
  t.is((await run('state', invite, 'get', 'topic')).code, 1)
  const watching = new Live(t, ['state', guest, 'watch', ...args])
  t.is((await run('state', invite, 'set', 'topic', 'Garden')).code, 0)
  t.is((await run('state', guest, 'get', 'topic')).stdout.toString(), 'Garden')
  await watching.says(/topic\tGarden/)
  const [listed] = objects((await run('state', guest, 'ls', '--json')).stdout)
  t.alike(
    [listed?.['name'], Buffer.from(String(listed?.['value']), 'base64').toString()],
    ['topic', 'Garden']
  )
  await run('state', invite, 'set', 'topic')
  await watching.says(/topic\t\(unset\)/)
  t.is((await run('state', guest, 'set', 'topic', 'x')).code, 1)
  t.is((await run('state', invite, 'do')).code, 64)
})

test('what can not be is said in one line, and nothing is half done', async (t) => {
  const { run, invite, guest } = await stage(t)
  const folder = await tmpFolder(t)
  const file = path.join(folder, 'file')
  await writeFile(file, 'file')
  const table: [string[], number, string][] = [
    [['put', guest, file], 1, 'ROOM_UNKNOWN|LESSER_INVITE'],
    [['put', invite, path.join(folder, 'none')], 64, 'USAGE'],
    [['put', invite, file, 'a/'.repeat(10_000)], 1, 'BAD_PATH'],
    [['get', invite, 'none'], 1, 'FILE_UNKNOWN'],
    [['watch', invite, '--from', 'nowhere'], 1, 'BAD_CURSOR'],
    [['get', invite, 'x', '--range', 'a-b'], 64, 'USAGE']
  ]
  for (const [args, code, name] of table) {
    const done = await run(...args)
    t.is(done.code, code, args.slice(0, 1).join(' '))
    t.ok(new RegExp(`^root-peer: (${name}): `, 'm').test(done.stderr), done.stderr)
  }
  await run('put', invite, file)
  const beyond = await run('get', invite, 'file', '--range', '0-5')
  t.is(beyond.code, 1)
  t.ok(beyond.stderr.includes('BAD_RANGE'), beyond.stderr)
  t.is(objects((await run('ls', invite, '--json')).stdout).length, 1)
})
