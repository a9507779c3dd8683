// The other side of the comparison: Hypercore without a root peer, in a process of its own.

import { append, share } from '../native.ts'
import { serve } from '../processes.ts'

let shared: Awaited<ReturnType<typeof share>> | null = null

serve({
  append: (options: Parameters<typeof append>[0]) => append(options),
  async share({ key, ...rest }: { storage: string; bootstrap: string[]; key: string }) {
    shared = await share({ ...rest, key: Buffer.from(key, 'hex') })
    return { publicKey: shared.publicKey }
  },
  async unshare() {
    await shared?.close()
    shared = null
  }
})
