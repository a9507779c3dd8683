// The worklet, under Bare, in a process of its own: its pipe is file descriptor 3. On a phone Bare Kit
// brings the pipe, and all of this file is: import 'root-peer/worklet'.

import Pipe from 'bare-pipe'
import { startWorklet } from 'root-peer/worklet'

const pipe = new Pipe(3)
const worklet = startWorklet(pipe, Bare.argv.slice(2))

// Without its app this process has no use; on a phone both end together.
pipe.on('close', () => void worklet.close().then(() => Bare.exit()))
