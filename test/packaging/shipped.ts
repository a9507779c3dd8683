// The files that stand beside the code for whoever runs it, and what several of their tests ask of them.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { ENTRIES } from '../../src/entries.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'

/** The text of a file, by its path in the repository. */
export function shipped(...parts: string[]): string {
  return readFileSync(shippedPath(...parts), 'utf8')
}

/** Its absolute path. */
export function shippedPath(...parts: string[]): string {
  return path.join(repositoryRoot, ...parts)
}

/** All blocks of code of this language in a Markdown text. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')
  return [...markdown.matchAll(fences)].map((match) => match[1] ?? '')
}

/** Variables of ours that a text names and the program does not know. */
export function unknownVariables(text: string): string[] {
  const known = new Set<string>(Object.values(ENTRIES).map(({ env }) => env))
  return [...text.matchAll(/\b(?:ROOT_PEER_[A-Z_]+|STORAGE_DIR)\b/g)]
    .map(([name]) => name)
    .filter((name) => !known.has(name))
}

/** What a program of this machine says; null if it is not installed. */
export function ask(program: string, ...args: string[]): { status: number; said: string } | null {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return null
  return { status: status ?? 1, said: stdout + stderr }
}

/** A TCP port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  return address.port
}
