// A process that connects to a key, says hello, prints a line, and gives signs of life until it is killed.

import crypto from 'hypercore-crypto'
import HyperDHT from 'hyperdht'
import { RawPeer } from './helpers.ts'

const [key = '', aliveMs = '', ...bootstrap] = process.argv.slice(2)

const node = new HyperDHT({ bootstrap, host: '127.0.0.1' })
const stream = node.connect(Buffer.from(key, 'hex'), { keyPair: crypto.keyPair() })
const peer = await RawPeer.over(stream)
stream.setKeepAlive(Number(aliveMs))
await peer.greet()
console.log('connected')
