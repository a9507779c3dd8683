// A socket as systemd's, for tests: hears what a service says. Node has no unix datagram sockets, so a few
// lines of perl, or else python3, listen and pass on what they hear.

import { spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'brittle'
import { tmpFolder } from '../helpers/tmp.ts'

const PATIENCE_MS = 15_000

const listeners: readonly (readonly [program: string, flag: string, code: string])[] = [
  [
    'perl',
    '-e',
    'use Socket; $| = 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; ' +
      'bind($s, sockaddr_un($ARGV[0])) or die; ' +
      'while (defined(recv($s, my $b, 8192, 0))) { $b =~ s/\\n/\\t/g; print "$b\\n" }'
  ],
  [
    'python3',
    '-c',
    'import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\n' +
      'while True: print(s.recv(8192).decode().replace("\\n", "\\t"), flush=True)'
  ]
]

/** Why this machine can't; null if it can. */
export function whyNot(): string | null {
  if (!runs('systemd-notify', '--version')) return 'systemd-notify is not installed'
  return listener() === undefined ? 'neither perl nor python3 is installed' : null
}

export class NotifySocket {
  readonly path: string
  /** What was said, as `READY=1`, in order; signs of life too. */
  readonly heard: string[] = []
  readonly #heard = new EventEmitter()

  static async listen(t: Test): Promise<NotifySocket> {
    const folder = await tmpFolder(t)
    const [program, flag, code] = listener() ?? ['', '', '']
    const socket = path.join(folder, 'notify')
    const watcher = watch(folder)
    const bound = once(watcher, 'change')
    const child = spawn(program, [flag, code, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    const gone = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGKILL')
      await gone
    })
    if (!existsSync(socket)) await bound
    watcher.close()
    return new NotifySocket(socket, child.stdout)
  }

  private constructor(socket: string, output: NodeJS.ReadableStream) {
    this.path = socket
    createInterface({ input: output }).on('line', (line) => {
      for (const said of line.split('\t')) {
        if (said === '' || said.startsWith('BARRIER=')) continue
        this.heard.push(said)
        this.#heard.emit('said')
      }
    })
  }

  /** What a process needs to speak to it. */
  get env(): Record<string, string> {
    return { NOTIFY_SOCKET: this.path, PATH: process.env['PATH'] ?? '' }
  }

  /** How often this was said. */
  count(what: string | RegExp): number {
    return this.heard.filter((said) => (typeof what === 'string' ? said === what : what.test(said)))
      .length
  }

  /** Resolves once it was said so often, from the start or from a place in `heard` on. */
  async says(what: string | RegExp, times = 1): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    while (this.count(what) < times) {
      try {
        await once(this.#heard, 'said', { signal })
      } catch (cause) {
        throw new Error(`never heard ${what} ${times} times: ${this.heard.join(', ')}`, { cause })
      }
    }
  }
}

function listener(): (typeof listeners)[number] | undefined {
  return listeners.find(([program]) => runs(program, '--version'))
}

function runs(program: string, flag: string): boolean {
  return spawnSync(program, [flag], { stdio: 'ignore' }).status === 0
}
