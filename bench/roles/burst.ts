// Members that send so many messages at once, as fast as the windows allow, and wait until all are stored.

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

const lanes: Lane[] = []
let payloads: Uint8Array[] = []

serve({
  async start({ connections, rooms, messages, bytes, ...target }: Load) {
    for (let i = 0; i < connections; i++) {
      const wire = new Wire(target)
      await wire.open()
      for (let j = 0; j < rooms / connections; j++) lanes.push(new Lane(await wire.room()))
    }
    payloads = makePayloads(messages, bytes)
  },
  /** One message a frame, which is what the checks cost most for. Answers with milliseconds. */
  async send() {
    const began = performance.now()
    await sendAll(lanes, payloads, 1)
    return performance.now() - began
  }
})
