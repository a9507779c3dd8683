// Members that send so many messages at once, as fast as the windows allow, and wait until all are stored.
// There are several crews of them, which send in turn.

import { serve } from '../processes.ts'
import { Lane, makePayloads, sendAll, Wire } from '../wire.ts'
import type { Target } from '../wire.ts'

interface Load extends Target {
  connections: number
  rooms: number
  /** Of a window. */
  messages: number
  bytes: number
}

const crews: Lane[][] = []
let payloads: Uint8Array[] = []

serve({
  /** One more crew. */
  async start({ connections, rooms, messages, bytes, ...target }: Load) {
    const lanes: Lane[] = []
    for (let i = 0; i < connections; i++) {
      const wire = new Wire(target)
      await wire.open()
      for (let j = 0; j < rooms / connections; j++) lanes.push(new Lane(await wire.room()))
    }
    crews.push(lanes)
    payloads = makePayloads(messages, bytes)
  },
  /** One message a frame, which is what the checks cost most for. Answers with milliseconds. */
  async send(crew: number) {
    const began = performance.now()
    await sendAll(crews[crew] ?? [], payloads, 1)
    return performance.now() - began
  }
})
