// Chat logs, line by line: in by one client, out by another that was not there. Each log has a room of
// its own. What comes out must be what went in: bytes, order, and proven.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { splitLines } from '../helpers/fixtures.ts'
import { Stage } from './stage.ts'

export interface LogFigures {
  files: number
  lines: number
  bytes: number
  /** Lines that came out other than they went in, or not at all, or unproven. */
  wrong: number
  ms: number
}

/** Passes logs through a root peer that is a process of its own. */
export async function passLogs(
  logs: readonly (string | { name: string; content: Uint8Array })[],
  progress: (name: string) => void = () => {}
): Promise<LogFigures> {
  const began = Date.now()
  const figures: LogFigures = { files: 0, lines: 0, bytes: 0, wrong: 0, ms: 0 }
  const stage = await Stage.open()
  try {
    await stage.startRoot()
    const writer = stage.client()
    const reader = stage.client()
    for (const log of logs) {
      const content = typeof log === 'string' ? await readFile(log) : log.content
      const lines = splitLines(content)
      const room = await writer.createRoom()
      for await (const _ of room.sendAll(lines)) void _
      room.close()

      const copy = await reader.join(room.invite)
      let at = 0
      for await (const item of copy.read()) {
        const line = lines[at++]
        const equal = line !== undefined && 'body' in item && Buffer.compare(item.body, line) === 0
        if (!equal || !item.proven || item.fork || item.late) figures.wrong++
      }
      copy.close()
      figures.wrong += Math.max(0, lines.length - at)
      figures.files++
      figures.lines += lines.length
      figures.bytes += content.byteLength
      progress(typeof log === 'string' ? basename(log) : log.name)
    }
    figures.ms = Date.now() - began
    return figures
  } finally {
    await stage.close()
  }
}

export function printFigures({ files, lines, bytes, wrong, ms }: LogFigures): string {
  return (
    `logs: ${files} files, ${lines} lines, ${bytes} bytes, ${lines - wrong} equal, ` +
    `${(ms / 1000).toFixed(1)} s: ${wrong === 0 && lines > 0 ? 'ok' : 'NOT OK'}`
  )
}
