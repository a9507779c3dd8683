// Addresses as URLs. Pure functions.

/** `http://127.0.0.1:3000`, `http://[::1]:3000`. */
export function urlOf({ host, port }: { host: string; port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Where to reach, from this machine, what listens on an address: on all of them is also on loopback. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return /^[0:]+$/.test(host) ? '::1' : host
}
