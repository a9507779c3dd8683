// Where the chat logs are, and how to read one as the lines of bytes that it is. Compiled tests run
// from another folder than their sources, and fixtures are not compiled: they stay in the repository.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, absolute. */
export const repositoryRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)))

export const chatLogs: readonly string[] = [
  '2005-05-19.train-a.txt',
  '2010-08-05.train-a.txt',
  '2015-10-19.train-b.txt'
]

/** Absolute path of a file under test/fixtures. */
export function fixturePath(...parts: string[]): string {
  return join(repositoryRoot, 'test/fixtures', ...parts)
}

/** Absolute path of one of `chatLogs`. */
export function chatLogPath(name: string): string {
  return fixturePath('ubuntu-irc', name)
}

/** The lines of one of `chatLogs`, without their newline, as bytes. */
export function readChatLog(name: string): Uint8Array[] {
  return splitLines(readFileSync(chatLogPath(name)))
}

/** Splits at newlines and nowhere else; a last line without one counts, an empty rest does not. */
export function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  if (start < bytes.byteLength) lines.push(bytes.subarray(start))
  return lines
}

/** Up from the compiled helper; from the working folder where the output lies elsewhere. */
function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'test/fixtures'))) return folder
    if (folder === dirname(folder)) return process.cwd()
  }
}
