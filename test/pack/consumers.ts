// Two projects that have nothing of ours but the packed package, one for Node and one for Bare: what
// docs/APPS.md says that they need is what they get. Needs a registry, so it is run by
// `npm run test:pack` and in CI, not by `npm test`.

import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'brittle'
import type { Test } from 'brittle'
import { createDht } from '../helpers/dht.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const run = promisify(execFile)
const host = '127.0.0.1'

/** Sends and reads: the invite, or nothing for a new room; a DHT node; the root peer. */
const member = `
import { RootPeerClient } from 'root-peer/client'

const [invite, node, root] = (globalThis.Bare ?? process).argv.slice(2)
const client = new RootPeerClient({
  bootstrap: [node], host: '${host}', roots: [root], profile: './profile'
})
const room = invite === 'new' ? await client.createRoom() : await client.join(invite)
const { index } = await room.send(globalThis.Bare ? 'from Bare' : 'from Node')
const read = []
for await (const { body } of room.read({ from: 0 })) read.push(Buffer.from(body).toString())
console.log(JSON.stringify({ invite: room.invite, index, read }))
await client.close()
`

/** What the compiler of an app's project has to understand. */
const typed = `
import { RootPeerClient } from 'root-peer/client'
import type { ReadMessage } from 'root-peer/client'
import { WorkletApp } from 'root-peer/worklet/app'
import { Worklet } from 'root-peer/worklet'

export async function use(client: RootPeerClient, app: WorkletApp): Promise<string> {
  const room = await client.createRoom()
  room.on('message', (message: ReadMessage) => message.body.byteLength)
  app.on('message', ({ peerPublicKey, index }) => \`\${peerPublicKey} \${index?.toFixed()}\`)
  const { storedWithRootPeer, id } = await app.send('room', { text: 'hi' })
  new Worklet([id ?? '']).attach
  return storedWithRootPeer ? room.invite : ''
}
`

test('a Node project and a Bare project send and read', { timeout: 600_000 }, async (t) => {
  const work = await tmpFolder(t)
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', work],
    { cwd: repositoryRoot }
  )
  const [{ filename, size }] = JSON.parse(stdout) as [{ filename: string; size: number }]
  t.comment(`packed: ${Math.round(size / 1024)} KiB`)
  const tarball = join(work, filename)

  const dht = await createDht(t)
  const root = await startDaemon(t, ['--storage', await tmpFolder(t), ...dht.args])
  const node = dht.bootstrap[0] ?? ''

  const inNode = await createProject(join(work, 'node'), [tarball])
  const first = await runMember(t, process.execPath, inNode, ['new', node, root.publicKey])
  t.is(first.index, 0)
  t.alike(first.read, ['from Node'])

  const inBare = await createProject(join(work, 'bare'), [tarball, await bareAsPinned()])
  const bare = join(inBare, 'node_modules/.bin/bare')
  const second = await runMember(t, bare, inBare, [first.invite, node, root.publicKey])
  t.is(second.index, 1)
  t.alike(second.read, ['from Node', 'from Bare'])

  const third = await runMember(t, process.execPath, inNode, [first.invite, node, root.publicKey])
  t.alike(third.read, ['from Node', 'from Bare', 'from Node'])

  await writeFile(join(inNode, 'typed.ts'), typed)
  await writeFile(join(inNode, 'tsconfig.json'), JSON.stringify(tsconfig()))
  const tsc = join(repositoryRoot, 'node_modules/typescript/bin/tsc')
  await t.execution(run(process.execPath, [tsc, '-p', inNode]), 'its types compile')
})

/** A project with the overrides that docs/APPS.md names, and nothing but these packages. */
async function createProject(folder: string, packages: string[]): Promise<string> {
  await mkdir(folder)
  const docs = await readFile(join(repositoryRoot, 'docs/APPS.md'), 'utf8')
  const block = /```json\n(\{\s*"overrides"[^`]*)```/.exec(docs)?.[1]
  const { overrides } = JSON.parse(block ?? '{}') as { overrides?: object }
  if (overrides === undefined) throw new Error('docs/APPS.md names no overrides')
  const project = { name: 'consumer', private: true, type: 'module', overrides }
  await writeFile(join(folder, 'package.json'), JSON.stringify(project))
  await writeFile(join(folder, 'index.js'), member)
  const flags = ['--no-audit', '--no-fund', '--prefer-offline']
  await run('npm', ['install', ...flags, ...packages], { cwd: folder })
  return folder
}

async function runMember(
  t: Test,
  runtime: string,
  cwd: string,
  args: string[]
): Promise<{ invite: string; index: number; read: string[] }> {
  const { stdout, stderr } = await run(runtime, ['index.js', ...args], { cwd })
  t.is(stderr, '')
  return JSON.parse(stdout) as { invite: string; index: number; read: string[] }
}

/** The Bare that the rest of the tests use. */
async function bareAsPinned(): Promise<string> {
  const tools = await readFile(join(repositoryRoot, 'tools/package.json'), 'utf8')
  const { devDependencies } = JSON.parse(tools) as { devDependencies: { bare: string } }
  return `bare@${devDependencies.bare}`
}

function tsconfig(): object {
  const typeRoots = [join(repositoryRoot, 'node_modules/@types')]
  return {
    compilerOptions: {
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots
    },
    include: ['typed.ts']
  }
}
