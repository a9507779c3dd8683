// A member under Bare: does what it is told on a pipe, one JSON line each, and answers the same way.
// Arguments: the path of the pipe, the profile folder, the client's options as JSON.

import { createServer } from 'bare-pipe'
import b4a from 'b4a'
import type { ClientOptions, Room } from '../../src/client/client.ts'
import { RootPeerClient } from '../../src/client/client.ts'

declare const Bare: { argv: string[]; exit(code: number): never }

interface Order {
  join?: string
  send?: string
  /** Reads until so many were read in all. */
  read?: number
  /** Puts a file of so many bytes, and reads it back; the answer is how many bytes came. */
  file?: number
  /** Publishes a profile under this handle; the answer is how many root peers have it. */
  publish?: string
  /** Adds who has this handle; the answer is the name, once the friend is online. */
  befriend?: string
  /** Serves its own space, with a file of so many bytes in it; the answer is whose it is. */
  share?: number
}

const [path = '', profile = '', options = '{}'] = Bare.argv.slice(2)
const client = new RootPeerClient({ profile, ...(JSON.parse(options) as ClientOptions) })
let room: Room | null = null
const bodies: string[] = []
let more: () => void = () => {}

async function obey({ join, send, read, file, publish, befriend, share }: Order): Promise<unknown> {
  if (join !== undefined) {
    room = await client.join(join)
    room.on('message', ({ body }) => {
      bodies.push(b4a.toString(body))
      more()
    })
  }
  if (send !== undefined) return (await room?.send(send))?.index
  if (file !== undefined && room !== null) {
    await room.files.put('Grüße/bare', b4a.alloc(file, 7))
    return (await (await room.files.get('Grüße/bare')).bytes()).byteLength
  }
  if (publish !== undefined) {
    return (await client.people.publish({ handle: publish, name: publish })).stored.length
  }
  if (befriend !== undefined) {
    let friend = await client.friends.add(befriend)
    while (friend.status !== 'online') {
      friend = await new Promise((resolve) => client.friends.once('friend', resolve))
    }
    return friend.name
  }
  if (share !== undefined) {
    const space = await client.space(undefined, { serve: true })
    await space.files.put('shared', b4a.alloc(share, 7))
    return client.author
  }
  if (read === undefined) return null
  while (bodies.length < read) await new Promise<void>((resolve) => (more = resolve))
  return bodies
}

createServer((pipe) => {
  let rest = ''
  pipe.on('data', (chunk) => {
    const lines = (rest + b4a.toString(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      obey(JSON.parse(line) as Order).then(
        (answer) => pipe.write(b4a.from(`${JSON.stringify(answer ?? null)}\n`)),
        (err: Error) => pipe.write(b4a.from(`${JSON.stringify({ error: err.message })}\n`))
      )
    }
  })
  // The test is over.
  pipe.on('end', () => void client.close().then(() => Bare.exit(0)))
}).listen(path, () => console.log('listening'))
