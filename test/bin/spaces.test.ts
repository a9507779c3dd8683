// Public spaces from the outside: somebody shares a folder, another who knows only the handle browses and
// fetches; also once the one who shares is gone.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import { createDht } from '../helpers/dht.ts'
import type { Finished } from '../helpers/process.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'

test('a folder is shared, and read by handle, from its owner and then from the root peer', async (t) => {
  const dht = await createDht(t)
  const root = await startDaemon(t, [...dht.args, '--storage', await tmpFolder(t)])
  const client = [...dht.args, '--root', root.publicKey]
  const run = (...args: string[]): Promise<Finished> => runCommand(t, [...args, ...client])
  const folder = path.join(await tmpFolder(t), 'public')
  await mkdir(path.join(folder, 'deep'), { recursive: true })
  await writeFile(path.join(folder, 'hello.txt'), 'hello')
  await writeFile(path.join(folder, 'deep/large.bin'), Buffer.alloc(300_000, 'large'))
  const profile = path.join(await tmpFolder(t), 'ann')
  const ann = new RootPeerClient({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    roots: [root.publicKey],
    profile
  })
  await ann.people.publish({ handle: 'ann@example.org', name: 'Ann' })
  const key = ann.author
  await ann.close()

  const sharing = new Live(t, ['share', folder, '--profile', profile, ...client])
  await sharing.says(/2 files sent/)
  await sharing.says(new RegExp(`sharing as ${key}`))
  const browsed = await run('browse', 'ANN@example.org')
  t.is(browsed.code, 0, browsed.stderr)
  t.alike(browsed.stdout.toString().match(/\S+$/gm)?.toSorted(), ['deep/', 'hello.txt'])
  await writeFile(path.join(folder, 'later.txt'), 'later')
  await sharing.says(/1 file sent, 2 equal already/)
  const place = path.join(await tmpFolder(t), 'got.txt')
  t.is((await run('get', 'ann@example.org', 'later.txt', place)).code, 0)
  t.is(await readFile(place, 'utf8'), 'later')
  sharing.signal('SIGINT')
  t.is(await sharing.ended, 130)

  const listed = await run('ls', key, 'deep', '--json')
  t.is(listed.code, 0, listed.stderr)
  const { path: name, size } = JSON.parse(listed.stdout.toString()) as Record<string, unknown>
  t.alike([name, size], ['deep/large.bin', 300_000])
  t.is((await run('rm', key, 'hello.txt')).stderr.includes('LESSER_INVITE'), true)
  t.is((await run('rm', 'space', 'hello.txt', '--profile', profile)).code, 0)
  t.is((await run('put', 'space', place)).stderr.includes('--profile'), true)
})
