import test from 'brittle'
import { COMMANDS } from '../../../bin/commands.ts'
import { fromEnvironment } from '../../../bin/config/environment.ts'

function problemsOf(env: NodeJS.ProcessEnv, command: keyof typeof COMMANDS = 'start'): string[] {
  const problems: string[] = []
  fromEnvironment(COMMANDS[command].flags, env, problems)
  return problems
}

test('a slip of one of our variables is told, and what it should be', (t) => {
  const slips: readonly (readonly [string, string])[] = [
    ['ROOT_PEER_BOOTSTRP', 'ROOT_PEER_BOOTSTRAP'],
    ['ROOT_PEER_PROT', 'ROOT_PEER_PORT'],
    ['ROOT_PEER_STATS_INTERVALL', 'ROOT_PEER_STATS_INTERVAL'],
    ['ROOT_PEER_HTTP_PORT', 'PORT'],
    ['ROOT_PEER_STORAGE', 'STORAGE_DIR'],
    ['ROOT_PEER_STORAGE_DIR', 'STORAGE_DIR'],
    ['ROOT_PEER_NO_FSYNC', 'ROOT_PEER_FSYNC'],
    ['ROOT_PEER_LOGLEVEL', 'ROOT_PEER_LOG_LEVEL']
  ]
  for (const [name, meant] of slips) {
    t.alike(problemsOf({ [name]: '1' }), [`${name} is no setting (did you mean ${meant}?)`])
  }
  t.alike(problemsOf({ ROOT_PEER_CONFIG: 'x' }), [
    'ROOT_PEER_CONFIG is no setting: give the flag --config instead'
  ])
})

test('what others set beside ours is none of our business', (t) => {
  const link = 'tcp://10.96.0.7:49737'
  const env = {
    ROOT_PEER_SERVICE_HOST: '10.96.0.7',
    ROOT_PEER_SERVICE_PORT: '49737',
    ROOT_PEER_PORT: link,
    ROOT_PEER_PORT_49737_TCP: link,
    ROOT_PEER_PORT_49737_TCP_ADDR: '10.96.0.7',
    ROOT_PEER_HTTP_PORT: link,
    ROOT_PEER_NAME: '/web/root_peer',
    ROOT_PEER_HOME: '/srv',
    ROOT_PEER_VERSION: '1',
    ROOT_PEER_BOOTSTRP: '',
    ROOT_PEERS: 'x'
  }
  t.alike(problemsOf(env), [])
  t.alike(fromEnvironment(COMMANDS.start.flags, env, []), [], 'nor a setting')
})

test('a command that reads no variable minds none', (t) => {
  t.alike(problemsOf({ ROOT_PEER_BOOTSTRP: 'x' }, 'invite'), [])
  t.is(problemsOf({ ROOT_PEER_BOOTSTRP: 'x' }, 'read').length, 1)
  t.alike(fromEnvironment(COMMANDS.read.flags, { PORT: 'x', STORAGE_DIR: 'y' }, []), [])
})
