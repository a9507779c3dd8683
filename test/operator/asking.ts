// Asking a root peer's operator side over HTTP, as Prometheus and people do.

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A page as JSON, with its status. */
export async function getJson(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url)
  return { status: response.status, body: await response.json() }
}

/** All series of /metrics without labels, by name. */
export async function getMetrics(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return new Map(
    [...text.matchAll(/^([a-z_0-9]+) (\S+)$/gim)].map(([, name = '', value]) => [
      name,
      Number(value)
    ])
  )
}

/** A port that nobody listens on now: for a process that must be told which one to take. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
