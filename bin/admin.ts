// Asks the root peer of this machine over its admin socket: a line of JSON there, a line back. Never opens
// its store.

import { once } from 'node:events'
import { connect } from 'node:net'
import { notRunning, reasonOf } from '../src/errors.ts'
import { adminSocketOf } from '../src/operator/admin.ts'
import { RootPeerError } from '../src/protocol/errors.ts'
import type { Settings } from './settings.ts'

const ANSWER_MS = 30_000

/** @throws `NOT_RUNNING` if nobody answers, `CONFIG` for a path that is too long; what the root peer says */
export async function askAdmin<Answer>(
  { storage }: Settings,
  command: string,
  args: object = {}
): Promise<Answer> {
  const file = adminSocketOf(storage)
  let text = ''
  try {
    const socket = connect(file)
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')))
    socket.on('data', (part: string) => {
      text += part
    })
    socket.write(`${JSON.stringify({ command, args })}\n`)
    await once(socket, 'close')
  } catch (err) {
    throw notRunning(
      `no root peer answers at ${file} (${reasonOf(err)}): start it, name its data folder with --storage, and ask as the user that it runs as`,
      err
    )
  }
  const answer = answerOf(text)
  if (answer === null) throw notRunning(`what answers at ${file} is no root peer of this version`)
  if ('error' in answer) throw new RootPeerError(answer.error.code, answer.error.message)
  return answer.result as Answer
}

function answerOf(
  text: string
): { result: unknown } | { error: { code: string; message: string } } | null {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null) return null
    if ('result' in answer) return { result: answer.result }
    const { code, message } = (answer as { error: { code: unknown; message: unknown } }).error
    return typeof code === 'string' && typeof message === 'string'
      ? { error: { code, message } }
      : null
  } catch {
    return null
  }
}
