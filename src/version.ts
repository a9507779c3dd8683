// What this program calls itself on the wire. A test holds it against package.json.

export const VERSION = '0.1.0'
export const AGENT: string = `root-peer/${VERSION}`
