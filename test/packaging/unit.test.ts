// The systemd unit promises what docs/OPERATE.md says, and agrees with the program. That it does what it
// promises is seen in a real systemd, by test/long/systemd.sh.

import test from 'brittle'
import { parse } from '../../bin/parse.ts'
import { EXIT_CODES } from '../../src/errors.ts'
import { runCommand } from '../helpers/process.ts'
import { ask, shipped, shippedPath, unknownVariables } from './shipped.ts'

const EXPOSURE_MAX = 1.5

/** `Name=` → its values, in order; as the unit has each name in one section only. */
const unit = new Map<string, string[]>()
for (const line of shipped('systemd', 'root-peer.service').split('\n')) {
  const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) continue
  unit.set(name, [...(unit.get(name) ?? []), value])
}

function directive(name: string): string {
  const values = unit.get(name) ?? []
  if (values.length !== 1) throw new Error(`${name} stands there ${values.length} times`)
  return values[0] ?? ''
}

test('systemd finds nothing wrong with it, and little to attack', (t) => {
  const file = shippedPath('systemd', 'root-peer.service')
  const verified = ask('systemd-analyze', 'verify', file)
  if (verified === null) return t.comment('systemd-analyze is not installed')
  t.is(verified.said.trim(), '')
  const { said = '' } = ask('systemd-analyze', 'security', '--offline=true', file) ?? {}
  const exposure = Number(/exposure level for [^:]*: ([\d.]+)/.exec(said)?.[1] ?? NaN)
  t.ok(exposure <= EXPOSURE_MAX, `exposure is ${exposure}`)
})

test('it waits for what the daemon says, through a program of its own', (t) => {
  t.is(directive('Type'), 'notify')
  t.is(directive('NotifyAccess'), 'all')
  t.ok(Number(directive('WatchdogSec')) > 0)
  // A process that was stopped hears no other signal.
  t.is(directive('WatchdogSignal'), 'SIGKILL')
  t.ok(directive('RestrictAddressFamilies').split(' ').includes('AF_UNIX'))
})

test('it starts a command line that is one', (t) => {
  const [, args = ''] =
    /^\/usr\/bin\/env node \S+\/dist\/bin\/root-peer\.cjs (.*) \$START_FLAGS$/.exec(
      directive('ExecStart')
    ) ?? []
  const line = parse(args.split(' '))
  t.is(line.kind, 'run')
  if (line.kind === 'run') t.is(line.command, 'start')
  t.ok(directive('ExecReload').includes('kill -HUP $MAINPID'))
})

test('it is not restarted where that does not help, and only there', (t) => {
  const useless = ['USAGE', 'STORE_COPIED', 'STORE_NEWER', 'STORE_NOT_WRITABLE', 'CONFIG'] as const
  const codes = directive('RestartPreventExitStatus').split(' ').map(Number)
  t.alike(new Set(codes), new Set(useless.map((code) => EXIT_CODES[code])))
  t.is(directive('Restart'), 'always')
  t.is(directive('StartLimitIntervalSec'), '0')
})

test('it has a user, a data folder and a working folder of its own', (t) => {
  t.is(directive('DynamicUser'), 'yes')
  t.is(directive('StateDirectory'), 'root-peer')
  t.ok(directive('Environment').includes('STORAGE_DIR=%S/root-peer'))
  t.is(directive('WorkingDirectory'), `%t/${directive('RuntimeDirectory')}`)
  t.is(directive('UMask'), '0077')
  t.is(directive('LimitCORE'), '0')
  t.absent(unit.has('MemoryDenyWriteExecute'), 'which V8 does not live with')
})

test('its environment file names what there is', (t) => {
  const text = shipped('systemd', 'root-peer.env')
  t.alike(unknownVariables(text), [])
  t.alike(unknownVariables('ROOT_PEER_PROT=1'), ['ROOT_PEER_PROT'])
  for (const line of text.split('\n')) t.ok(/^(#.*|[A-Z_]+=\S*)?$/.test(line), line)
})

test('its settings are settings', async (t) => {
  const file = shippedPath('systemd', 'config.json')
  const { code, stderr } = await runCommand(t, ['config', '--config', file])
  t.is(code, 0, stderr)
})
