import test from 'brittle'
import { parse } from '../../bin/parse.ts'

test('a command line is a command, its flags and its arguments, in any order', (t) => {
  const line = parse(['--json', 'send', '--root', 'a', 'INVITE', '--root=b', '-d', 'hello there'])
  if (line.kind !== 'run') return t.fail('it is a command')
  t.is(line.command, 'send')
  t.alike(line.args, ['INVITE', 'hello there'])
  t.alike(
    [...line.flags],
    [
      ['json', []],
      ['root', ['a', 'b']],
      ['debug', []]
    ]
  )
})

test('what stands after -- is no flag', (t) => {
  const line = parse(['send', 'INVITE', '--', '--json'])
  if (line.kind !== 'run') return t.fail('it is a command')
  t.alike(line.args, ['INVITE', '--json'])
  t.is(line.flags.size, 0)
})

test('help and version are found wherever they stand', (t) => {
  t.alike(parse([]), { kind: 'nothing' })
  t.alike(parse(['--help']), { kind: 'help', command: null })
  t.alike(parse(['help']), { kind: 'help', command: null })
  t.alike(parse(['help', 'read']), { kind: 'help', command: 'read' })
  t.alike(parse(['read', '-h']), { kind: 'help', command: 'read' })
  t.alike(parse(['read', 'a', 'b', 'c', '--help']), { kind: 'help', command: 'read' })
  t.alike(parse(['-v']), { kind: 'version' })
})

test('a wrong command line is a sentence and a hint', async (t) => {
  const wrong = async (argv: string[], message: RegExp): Promise<void> => {
    await t.exception(() => parse(argv), { code: 'USAGE', message }, argv.join(' '))
  }
  await wrong(['strat'], /no command "strat" \(did you mean start\?\)/)
  await wrong(['zzzzzz'], /no command "zzzzzz"; see root-peer --help/)
  await wrong(['help', 'strat'], /did you mean start/)
  await wrong(['read', 'INVITE', '--folow'], /no flag --folow \(did you mean --follow\?\)/)
  await wrong(['start', '-x'], /no flag -x/)
  await wrong(
    ['start', '--prot', '1', '--stroage', 'x', '--prot'],
    /no flag --prot \(did you mean --port\?\), --stroage \(did you mean --storage\?\); see/
  )
  await wrong(['start', '--follow'], /start takes no --follow; see root-peer start --help/)
  await wrong(['start', '--json=yes'], /--json takes no value/)
  await wrong(['start', '--storage'], /--storage needs a value: --storage DIR/)
  await wrong(['start', '--storage='], /--storage needs a value/)
  await wrong(['start', '-s', '--local'], /"--local" looks like a flag.*--storage=--local/)
  await wrong(['--json'], /which command\?/)
  await wrong(['send'], /send needs an INVITE: root-peer send INVITE \[TEXT\]/)
  await wrong(['send', 'INVITE', 'two', 'words'], /quote a text that has spaces/)
  await wrong(['start', 'here'], /start takes no arguments/)
})

test('an invite that is one argument too many is not repeated', async (t) => {
  const error = await caught(() => parse(['read', 'INVITE', 'rp-owner-secret']))
  t.absent(error.message.includes('secret'))
})

async function caught(work: () => unknown): Promise<Error> {
  try {
    await work()
  } catch (err) {
    if (err instanceof Error) return err
  }
  throw new Error('nothing was thrown')
}
