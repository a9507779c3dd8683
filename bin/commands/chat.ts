// `root-peer chat`: talks in a room from the terminal.

import { Conversation } from '../chat/conversation.ts'
import { Script } from '../chat/script.ts'
import type { Invocation } from '../commands.ts'
import { paintFor, short } from '../display.ts'
import { openSession, tellOnce } from '../session.ts'

export async function run({ settings, args, interruption }: Invocation): Promise<number> {
  const session = await openSession(args[0] ?? '', settings, interruption)
  const { client, room } = session
  try {
    const script = new Script(client.author, paintFor(process.stdout))
    const chat = new Conversation(room, script)
    room.on('denied', tellOnce())
    client.on('root-connected', ({ root }) => chat.notice(`root peer ${short(root)} is there`))
    client.on('root-disconnected', ({ root }) =>
      chat.notice(`root peer ${short(root)} is gone: what you write is sent when it is back`)
    )
    const how = room.access === 'guest' ? 'you may only read' : `you are ${short(client.author)}`
    chat.notice(`room ${short(room.id)}, ${how}; /help`)
    await chat.run(interruption.signal)
  } finally {
    await session.close()
  }
  return 0
}
