// Processes of the bench: each role runs in one of its own, and is asked over IPC. What is measured
// never shares an event loop with what measures it.

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a role can be asked: plain values in and out. */
export type Commands = Record<string, (argument: never) => unknown>

interface Request {
  id: number
  command: string
  argument: unknown
}

interface Reply {
  id: number
  value?: unknown
  error?: string
}

/** Runs a role in this process: answers what the parent asks, ends when the parent does. */
export function serve(commands: Commands): void {
  process.on('message', (request: Request) => {
    const work = async (): Promise<unknown> =>
      commands[request.command]?.(request.argument as never)
    work().then(
      (value) => process.send?.({ id: request.id, value }),
      (err: Error) => process.send?.({ id: request.id, error: err.stack ?? err.message })
    )
  })
  process.on('disconnect', () => process.exit(0))
}

export class Role {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #id = 0

  constructor(name: string, env: NodeJS.ProcessEnv = {}) {
    const file = fileURLToPath(new URL(`./roles/${name}.js`, import.meta.url))
    this.#child = fork(file, {
      execArgv: ['--expose-gc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '8', ...env }
    })
    this.#child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
    this.#child.on('exit', (code) => {
      for (const answer of this.#waiting.values()) {
        answer({ id: 0, error: `${name} ended with ${code} while it was asked` })
      }
      this.#waiting.clear()
    })
  }

  ask<T>(command: string, argument: unknown = null): Promise<T> {
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value as T)
        else reject(new Error(error))
      })
      this.#child.send({ id, command, argument } satisfies Request)
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}
