// The command: reads argv once, runs what it names, ends with its exit code. The only file that reads
// the environment. Does no work of its own.

import type { CommandName, Run } from './commands.ts'
import { COMMANDS } from './commands.ts'
import { report, reportCrash } from './failure.ts'
import { commandHelp, help } from './help.ts'
import { parse } from './parse.ts'
import { flush, write } from './output.ts'
import { parseSettings } from './settings.ts'
import { Interruption } from './interruption.ts'
import { EXIT_CODES } from '../src/errors.ts'
import { RootPeerError } from '../src/protocol/errors.ts'
import { VERSION } from '../src/version.ts'

const argv = process.argv.slice(2)
// Before anything is parsed, because an error in parsing must be told too.
const manner = {
  json: argv.includes('--json'),
  debug: argv.includes('--debug') || argv.includes('-d')
}

process.on('uncaughtException', (err) => {
  reportCrash(err, manner)
  process.exit(EXIT_CODES.INTERNAL)
})

process.exitCode = await main()
await flush()
process.exit()

/** Runs the command line; resolves with the exit code, once everything that was opened is closed. */
async function main(): Promise<number> {
  const interruption = new Interruption()
  try {
    const line = parse(argv)
    switch (line.kind) {
      case 'version':
        await write(`${VERSION}\n`)
        return 0
      case 'help':
        await write(line.command === null ? help() : commandHelp(line.command))
        return 0
      case 'nothing':
        process.stderr.write(help())
        return EXIT_CODES.USAGE
      case 'run': {
        const run = await load(line.command)
        const { flags: takes } = COMMANDS[line.command]
        const settings = parseSettings({ takes, flags: line.flags, env: process.env })
        const code = await run({ settings, args: line.args, interruption })
        return code ?? interruption.exitCode ?? 0
      }
    }
  } catch (err) {
    const code = interruption.exitCode
    const ended = err instanceof RootPeerError && ['CLOSED', 'ABORTED'].includes(err.code)
    if (code !== null && ended) return code
    return await report(err, manner)
  }
}

async function load(name: CommandName): Promise<Run> {
  return (await COMMANDS[name].load()).run
}
