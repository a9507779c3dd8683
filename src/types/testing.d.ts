// Declares the test runner and its helper, of just what is called.

declare module 'brittle' {
  type Body = (t: Test) => void | Promise<void>

  interface TestOptions {
    /** Milliseconds; 0 turns it off. */
    timeout?: number
    solo?: boolean
    skip?: boolean
    todo?: boolean
  }

  interface Compare {
    (actual: unknown, expected: unknown, message?: string): void
    coercively(actual: unknown, expected: unknown, message?: string): void
  }

  interface Throws {
    (work: Promise<unknown> | (() => unknown), message?: string): Promise<void>
    (
      work: Promise<unknown> | (() => unknown),
      expected: RegExp | object,
      message?: string
    ): Promise<void>
  }

  export interface Test extends PromiseLike<boolean> {
    readonly name: string
    plan(assertions: number): void
    end(): void
    timeout(ms: number): void
    comment(...message: unknown[]): void
    /** Runs when the test ended well; with `force`, however it ended. Lower orders run first. */
    teardown(fn: () => unknown, options?: { order?: number; force?: boolean }): void
    tmp(): Promise<string>
    pass(message?: string): void
    fail(message?: string): void
    ok(value: unknown, message?: string): void
    absent(value: unknown, message?: string): void
    is: Compare
    not: Compare
    alike: Compare
    unlike: Compare
    /** Rethrows what a mistake of ours would throw (TypeError and its like); `all` takes these too. */
    exception: Throws & { all: Throws }
    execution(work: Promise<unknown> | (() => unknown), message?: string): Promise<number>
    test(name?: string, options?: TestOptions): Test
    test(name: string, body: Body): Promise<boolean>
    test(name: string, options: TestOptions, body: Body): Promise<boolean>
  }

  /** Brittle runs one after the other by itself: nothing to await. */
  interface Define {
    (name: string, body: Body): void
    (name: string, options: TestOptions, body: Body): void
  }

  interface Brittle extends Define {
    solo: Define
    skip: Define
    todo: Define
    hook: Define
    configure(options: { timeout?: number; bail?: boolean; solo?: boolean; source?: boolean }): void
  }

  const test: Brittle
  export default test
  export const solo: Define
  export const skip: Define
  export const todo: Define
  export const hook: Define
  export const configure: Brittle['configure']
}

declare module 'test-tmp' {
  import type { Test } from 'brittle'

  /** An empty folder of its own, removed after the test however it ended. */
  export default function tmp(
    t?: Test,
    options?: { dir?: string; name?: string; order?: number; force?: boolean }
  ): Promise<string>
}
