// DHT nodes of one's own, in this process: the ones that a private network begins with. Never a root peer.

import { networkInterfaces } from 'node:os'
import type { Address } from 'hyperdht'
import HyperDHT from 'hyperdht'

export interface DhtNodesOptions {
  /** The IPv4 address by which others reach them. */
  host: string
  /** The port of the first; the others take those behind it. 0 is any, for all of them. */
  port: number
  count: number
  /** Nodes at other addresses that they join, as HOST:PORT; none begins a network. */
  bootstrap?: readonly string[]
}

export class DhtNodes {
  readonly #nodes: HyperDHT[] = []
  readonly #host: string
  readonly #others: (string | Address)[]

  /** Resolves when all answer. On a failure none stays open; throws what binding a socket throws. */
  static async start({ host, port, count, bootstrap = [] }: DhtNodesOptions): Promise<DhtNodes> {
    const nodes = new DhtNodes(host, bootstrap)
    try {
      for (let i = 0; i < count; i++) await nodes.#add(port === 0 ? 0 : port + i)
    } catch (err) {
      await nodes.close().catch(() => {}) // one that is not bound says so again
      throw err
    }
    return nodes
  }

  private constructor(host: string, bootstrap: readonly string[]) {
    this.#host = host
    this.#others = [...bootstrap]
  }

  /** As HOST:PORT, the first one first. */
  get addresses(): string[] {
    return this.#nodes.map((node) => `${this.#host}:${node.address()?.port}`)
  }

  /** The first one: what others begin with. */
  get bootstrap(): string {
    return this.addresses[0] as string
  }

  async close(): Promise<void> {
    // They tell nobody that they leave: those who are to be told leave too, or find out.
    await Promise.all(this.#nodes.map((node) => node.destroy({ force: true })))
  }

  async #add(port: number): Promise<void> {
    const node = this.#make(port)
    this.#nodes.push(node)
    await node.fullyBootstrapped()
    this.#others.push({ host: this.#host, port: node.address()?.port ?? port })
  }

  #make(port: number): HyperDHT {
    // Not where a NAT forwards the port to us: then nobody here has that address.
    const bound = isOwn(this.#host) ? { host: this.#host } : {}
    const options = { ...bound, port, anyPort: port === 0, ephemeral: false, firewalled: false }
    // Nobody else is there who could tell the first one its address.
    const isFirst = this.#others.length === 0 && port !== 0
    if (isFirst) return HyperDHT.bootstrapper(port, this.#host, options)
    return new HyperDHT({ ...options, bootstrap: [...this.#others] })
  }
}

/** The addresses of this machine by which another may reach it. */
export function outwardAddresses(): string[] {
  return ownAddresses().filter((address) => !address.startsWith('127.'))
}

function isOwn(host: string): boolean {
  return ownAddresses().includes(host)
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  )
}
