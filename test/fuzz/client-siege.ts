// Clients in a process of their own, and a hostile root that sends them forged frames of every kind. What
// must hold: the process lives, every error that comes out is one of ours, and an honest root beside the
// hostile one gets and gives every message.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Stage } from '../long/stage.ts'
import { Dice } from './helpers/dice.ts'
import { HostileRoot } from './helpers/hostile-root.ts'
import { MemoryWatch } from './helpers/memory.ts'
import type { VictimFigures } from './helpers/victim.ts'

export interface ClientSiegeFigures extends VictimFigures {
  seed: number
  frames: number
  connections: number
  exitCode: number | null
  startMiB: number
  peakMiB: number
  ms: number
}

const script = fileURLToPath(new URL('./helpers/victim.js', import.meta.url))
const memoryMiBMax = 600
const lookMs = 20

export async function besiegeClient(options: {
  frames: number
  seed?: number
  progress?: (frames: number) => void
}): Promise<ClientSiegeFigures> {
  const dice = new Dice(options.seed)
  const began = Date.now()
  const stage = await Stage.open()
  await stage.startRoot()
  const hostile = await HostileRoot.start(stage.bootstrap, dice.fork())
  const keys = ['--hostile', hostile.key, '--honest', stage.key]
  const nodes = stage.bootstrap.flatMap((node) => ['--bootstrap', node])
  const victim = spawn(process.execPath, [script, ...keys, ...nodes], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] }
  })
  const onexit = (): void => void victim.kill('SIGKILL') // it must not outlive us, however we end
  process.on('exit', onexit)
  const ended = once(victim, 'close')
  let said = ''
  victim.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const watch = new MemoryWatch(victim.pid as number)
  try {
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        options.progress?.(hostile.frames)
        if (hostile.frames < options.frames && victim.exitCode === null) return
        clearInterval(look)
        resolve()
      }, lookMs)
    })
    watch.stop()
    victim.stdin.on('error', () => {}) // it is gone already: its exit code tells
    victim.stdin.end()
    await ended
    const none = { clients: 0, errors: 0, bare: [], sent: 0, kept: 0, slowestMs: 0 }
    return {
      ...(said === '' ? none : (JSON.parse(said) as VictimFigures)),
      seed: dice.seed,
      frames: hostile.frames,
      connections: hostile.connections,
      exitCode: victim.exitCode,
      startMiB: watch.startMiB,
      peakMiB: watch.peakMiB,
      ms: Date.now() - began
    }
  } finally {
    victim.kill('SIGKILL')
    process.off('exit', onexit)
    await hostile.close()
    await stage.close()
  }
}

export function clientStood(figures: ClientSiegeFigures): boolean {
  const { exitCode, bare, sent, kept, peakMiB } = figures
  return exitCode === 0 && bare.length === 0 && sent > 0 && kept === sent && peakMiB <= memoryMiBMax
}

export function printClientSiege(figures: ClientSiegeFigures): string {
  const { seed, frames, connections, clients, errors, bare, sent, kept, slowestMs } = figures
  const { exitCode, peakMiB, ms } = figures
  const strange = bare.length === 0 ? '' : `\n${[...new Set(bare)].slice(0, 5).join('\n')}\n`
  return (
    `client: seed ${seed}, ${frames} forged frames, ${connections} connections of ${clients} clients, ` +
    `${errors} errors told, ${bare.length} not ours${strange}; one beside an honest root sent ${sent} ` +
    `and ${kept} were kept, the slowest ${slowestMs} ms; exit code ${exitCode}; resident ${peakMiB} MiB ` +
    `at most (${memoryMiBMax} allowed); ${(ms / 1000).toFixed(0)} s: ` +
    (clientStood(figures) ? 'ok' : 'NOT OK')
  )
}
