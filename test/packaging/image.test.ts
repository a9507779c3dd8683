// The Dockerfile and the compose example: what can be said of them without building. That they work is
// seen by test/long/image.sh.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import test from 'brittle'
import { ENTRIES } from '../../src/entries.ts'
import { createDht } from '../helpers/dht.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { ask, freePort, shipped, shippedPath, unknownVariables } from './shipped.ts'

const dockerfile = shipped('Dockerfile').replaceAll('\\\n', ' ')
const compose = shipped('compose.yaml')

/** The arguments of each instruction of this name. */
function instructions(name: string): string[] {
  return [...dockerfile.matchAll(new RegExp(`^${name} +(.*)$`, 'gm'))].map(
    (match) => match[1] ?? ''
  )
}

function words(json: string): string[] {
  return JSON.parse(json) as string[]
}

const [health = '[]'] = instructions('HEALTHCHECK').map((line) => line.slice(line.indexOf('[')))

test('the image runs on glibc, with a Node that the package accepts', (t) => {
  const [, base = ''] = /^ARG BASE=(.*)$/m.exec(dockerfile) ?? []
  const [, major = '0'] = /node:(\d+)-bookworm-slim$/.exec(base) ?? []
  const { engines } = JSON.parse(shipped('package.json')) as { engines: { node: string } }
  t.ok(Number(major) > Number(/\d+/.exec(engines.node)?.[0]), `${base} for ${engines.node}`)
  t.ok(dockerfile.includes('libatomic1'))
})

test('the command is process 1, not root, and ends by SIGTERM', (t) => {
  t.alike(words(instructions('ENTRYPOINT')[0] ?? ''), ['root-peer'])
  t.alike(words(instructions('CMD').at(-1) ?? ''), ['start'])
  t.alike(instructions('STOPSIGNAL'), ['SIGTERM'])
  t.alike(instructions('USER'), ['node'])
  t.alike(instructions('VOLUME'), ['/data'])
  t.ok(dockerfile.includes(`${ENTRIES.storage.env}=/data`))
})

test('what it copies is there, and reaches it', (t) => {
  const ignored = shipped('.dockerignore').split('\n')
  t.ok(ignored.includes('*'))
  const sources = instructions('COPY')
    .filter((args) => !args.startsWith('--from'))
    .flatMap((args) => args.split(' ').slice(0, -1))
  t.ok(sources.length > 5)
  for (const source of sources) {
    t.ok(existsSync(shippedPath(source)), `${source} exists`)
    t.ok(ignored.includes(`!${source}`), `${source} is let through`)
  }
})

test('the health check tells a root peer that answers from one that does not', async (t) => {
  const [program, ...args] = words(health)
  t.is(program, 'node')
  const check = async (port: number): Promise<number | null> => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, [ENTRIES.httpPort.env]: String(port) },
      stdio: 'ignore'
    })
    await once(child, 'close')
    return child.exitCode
  }
  const dht = await createDht(t)
  const port = await freePort()
  const storage = await tmpFolder(t)
  t.is(await check(port), 1)
  await startDaemon(t, [...dht.args, '--storage', storage, '--http-port', String(port)])
  t.is(await check(port), 0)
  t.ok(health.includes(`|| ${ENTRIES.httpPort.byDefault}`), 'the default is the default')
})

test('compose keeps the data, the rights small and the bridge away', (t) => {
  const services = compose.split(/^(?= {2}[a-z-]+:$)/m)
  const rootPeer = services.find((text) => text.startsWith('  root-peer:')) ?? ''
  const prometheus = services.find((text) => text.startsWith('  prometheus:')) ?? ''
  for (const service of [rootPeer, prometheus]) t.ok(service.includes('network_mode: host'))
  t.ok(rootPeer.includes('- root-peer:/data'))
  t.ok(rootPeer.includes('read_only: true'))
  t.ok(rootPeer.includes('cap_drop: [ALL]'))
  t.ok(prometheus.includes('./docs/monitoring:'))
  t.ok(existsSync(shippedPath('docs', 'monitoring', 'prometheus.yml')))
  t.alike(unknownVariables(compose), [])
  const parsed = ask('docker-compose', '--file', shippedPath('compose.yaml'), 'config', '--quiet')
  if (parsed === null) return t.comment('docker-compose is not installed')
  t.is(parsed.status, 0, parsed.said)
})
