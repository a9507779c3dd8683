// The commands for people and friends, from the outside: publish, look up, list, make friends, take back.

import test from 'brittle'
import type { Test } from 'brittle'
import { createDht } from '../helpers/dht.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'

interface Ran {
  code: number | null
  lines: Record<string, unknown>[]
  err: string
}

interface Person {
  run: (...args: string[]) => Promise<Ran>
  args: string[]
}

async function stage(t: Test): Promise<{ root: string; person: () => Promise<Person> }> {
  const dht = await createDht(t)
  const { publicKey } = await startDaemon(t, [...dht.args, '--storage', await tmpFolder(t)])
  const person = async (): Promise<Person> => {
    const args = [...dht.args, '--profile', await tmpFolder(t), '--json']
    const run = async (...command: string[]): Promise<Ran> => {
      const local = ['id', 'profile show'].includes(command.slice(0, 2).join(' '))
      const roots = local ? [] : ['--root', publicKey]
      const ran = await runCommand(t, [...command, ...args, ...roots])
      const text = ran.stdout.toString().trim()
      const lines = text === '' ? [] : text.split('\n')
      return {
        code: ran.code,
        lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
        err: ran.stderr
      }
    }
    return { run, args: [...args, '--root', publicKey] }
  }
  return { root: publicKey, person }
}

test(
  'published, looked up, listed and befriended from the command line',
  { timeout: 60_000 },
  async (t) => {
    const { root, person } = await stage(t)
    const [ann, ben] = [await person(), await person()]
    const [own] = (await ann.run('id')).lines
    t.is(String(own?.['key']).length, 52)
    t.is((await ann.run('profile', 'show')).code, 1)

    const published = await ann.run(
      ...['profile', 'publish', '--handle', 'Ann@Example.org', '--name', 'Ann'],
      ...['--listed', '--days', '7']
    )
    t.is(published.code, 0, published.err)
    t.alike(published.lines[0]?.['stored'], [root])
    const [shown] = (await ann.run('profile', 'show')).lines
    t.alike([shown?.['handle'], shown?.['days'], shown?.['listed']], ['ann@example.org', 7, true])

    const looked = await ben.run('lookup', 'ANN@example.org')
    t.is(looked.code, 0, looked.err)
    const [found] = looked.lines
    t.alike(Object.keys(found ?? {}).slice(0, 6), [
      'key',
      'handle',
      'name',
      'validUntil',
      'pinned',
      'online'
    ])
    t.alike(
      [found?.['key'], found?.['name'], found?.['pinned'], found?.['online']],
      [own?.['key'], 'Ann', true, false]
    )
    t.alike(
      (await ben.run('who')).lines.map(({ key }) => key),
      [own?.['key']]
    )

    t.is((await ben.run('friends', 'add', 'ann@example.org')).lines[0]?.['key'], own?.['key'])
    const [friend] = (await ben.run('friends', 'ls')).lines
    t.alike([friend?.['name'], friend?.['status']], ['Ann', 'unknown'])
    const watching = new Live(t, ['friends', 'ls', '--watch', ...ben.args])
    await watching.says(/"status":"unknown"/)
    const staying = new Live(t, ['friends', 'ls', '--watch', ...ann.args])
    await watching.says(/"status":"online"/)
    staying.signal('SIGINT')
    t.is(await staying.ended, 130)
    await watching.says(/"status":"offline"/)
    watching.signal('SIGINT')
    t.is(await watching.ended, 130)
    t.is((await ben.run('friends', 'rm', String(own?.['key']))).code, 0)
    t.is((await ben.run('friends', 'rm', 'ann@example.org')).code, 1)
  }
)

test('taken back, nobody finds it any more', async (t) => {
  const { person } = await stage(t)
  const [ann, ben] = [await person(), await person()]
  await ann.run('profile', 'publish', '--handle', 'ann@example.org', '--listed')
  t.is((await ann.run('profile', 'withdraw')).code, 0)
  t.is((await ann.run('profile', 'withdraw')).code, 1)
  t.alike((await ben.run('who')).lines, [])
  const none = await ben.run('lookup', 'ann@example.org')
  t.is(none.code, 1)
  t.ok(none.err.includes('HANDLE_UNKNOWN'))
})

test('what is wrong is said before anything is opened', async (t) => {
  const run = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await runCommand(t, args)
    return `${code} ${/: ([A-Z_]+):/.exec(stderr)?.[1]}`
  }
  t.is(await run('id'), '64 USAGE')
  t.is(await run('profile'), '64 USAGE')
  t.is(await run('profile', 'publish', '--profile', 'x'), '64 USAGE')
  t.is(await run('friends', 'ls'), '64 USAGE')
  t.is(await run('profile', 'publish', '--handle', 'a', '--days', 'soon'), '64 USAGE')
  const dht = await createDht(t)
  const at = [...dht.args, '--profile', await tmpFolder(t)]
  t.is(await run('lookup', 'x'.repeat(10_000), ...at), '1 BAD_HANDLE')
  t.is(await run('profile', 'publish', '--handle', 'a b', ...at), '1 BAD_HANDLE')
  t.is(await run('profile', 'publish', '--handle', 'a', '--days', '31', ...at), '1 BAD_PROFILE')
})
