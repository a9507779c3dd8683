// Where a text stops being JSON, in words that help who wrote it: the platform's own errors may name no
// place, and let a name that is there twice pass. Never makes values: JSON.parse does.

export interface Fault {
  /** Both begin at 1. */
  readonly line: number
  readonly column: number
  /** `expected a value, got "}"`. */
  readonly what: string
}

/** Deeper than any settings are, and far from the end of the stack. */
const DEPTH_MAX = 32

const SPACE = /[ \t\n\r]*/y
/** Everything from the space on but `"` and `\`, or an escape. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
/** What stands there instead: a word, or one letter of anything else. */
const INSTEAD = /[\w.+-]{1,30}|[^]/uy

/** Null, if it is JSON and no object in it has a name twice. */
export function faultIn(text: string): Fault | null {
  try {
    new Walk(text).document()
    return null
  } catch (err) {
    if (!(err instanceof Stop)) throw err
    const lines = text.slice(0, err.at).split('\n')
    return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, what: err.message }
  }
}

class Stop extends Error {
  readonly at: number

  constructor(at: number, what: string) {
    super(what)
    this.at = at
  }
}

class Walk {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#value(0)
    if (this.#at < this.#text.length) this.#expected('nothing more')
  }

  /** A value, and the space on both sides of it. */
  #value(depth: number): void {
    this.#take(SPACE)
    if (depth > DEPTH_MAX) this.#expected('nothing so deep')
    if (this.#has('{')) this.#object(depth)
    else if (this.#has('[')) this.#array(depth)
    else if (this.#text[this.#at] === '"') this.#string('a string')
    else if (this.#take(SCALAR) === null) this.#expected('a value')
    this.#take(SPACE)
  }

  #object(depth: number): void {
    const names = new Set<unknown>()
    this.#take(SPACE)
    if (this.#has('}')) return
    do {
      this.#take(SPACE)
      const at = this.#at
      const name: unknown = JSON.parse(this.#string('a name in double quotes'))
      if (names.has(name)) throw new Stop(at, `${JSON.stringify(name)} is there twice`)
      names.add(name)
      this.#take(SPACE)
      if (!this.#has(':')) this.#expected('":"')
      this.#value(depth + 1)
    } while (this.#has(','))
    if (!this.#has('}')) this.#expected('"," or "}"')
  }

  #array(depth: number): void {
    this.#take(SPACE)
    if (this.#has(']')) return
    do this.#value(depth + 1)
    while (this.#has(','))
    if (!this.#has(']')) this.#expected('"," or "]"')
  }

  #string(what: string): string {
    const token = this.#take(STRING)
    if (token !== null) return token
    if (this.#text[this.#at] !== '"') this.#expected(what)
    throw new Stop(this.#at, 'this string does not end on its line, or has a "\\" too many in it')
  }

  #has(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false
    this.#at++
    return true
  }

  /** What matches here, which is then behind us. */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return null
    this.#at = pattern.lastIndex
    return match[0]
  }

  #expected(what: string): never {
    const at = this.#at
    const instead = this.#take(INSTEAD)
    const got = instead === null ? 'the end of the file' : JSON.stringify(instead)
    throw new Stop(at, `expected ${what}, got ${got}`)
  }
}
