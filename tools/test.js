// Runs the compiled tests: one brittle process per file, so that a crash, a leaked handle or a stuck
// test costs its own file only. Arguments pick files by a part of their path; without any, all are run but
// those of a suite, and with `--suite NAME` those of that one.
// Ends with brittle's own summary lines, summed; exits 1 if anything failed.

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const brittle = join(root, 'node_modules/brittle/brittle-node.js')

/** Brittle ends a test after 30 s by itself, or after what the test asked for. */
const fileTimeoutMs = 300_000
// One more than there are cores, up to a few: many tests wait most of the time.
const jobs = Math.min(4, availableParallelism() + 1)

const total = { tests: 0, passed: 0, asserts: 0, assertsPassed: 0 }
const broken = []
const running = new Set()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) end(child)
    process.exit(1)
  })
}

/** What is run by itself: programs that are started again and again, which takes long. */
const suites = { commands: ['dist/test/bin/', 'dist/test/worklet/', 'dist/test/examples/'] }

const { values, positionals } = parseArgs({
  options: { suite: { type: 'string' } },
  allowPositionals: true
})
const queue = testFiles(values.suite, positionals)
if (queue.length === 0) {
  console.error('No test file matches. Build first: npm run build')
  process.exit(1)
}

const startedAt = Date.now()
await Promise.all(Array.from({ length: jobs }, work))
report()

function testFiles(suite, parts) {
  const folder = join(root, 'dist/test')
  const all = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => relative(root, join(folder, name)))
    .sort()
  const isOf = (name) => (file) => (suites[name] ?? []).some((part) => file.startsWith(part))
  if (suite !== undefined) return all.filter(isOf(suite))
  if (parts.length > 0) return all.filter((file) => parts.some((part) => file.includes(part)))
  return all.filter((file) => !Object.keys(suites).some((name) => isOf(name)(file)))
}

async function work() {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const { output, reason } = await run(file)
    process.stdout.write(`\n# ${file}\n${output}`)
    count(file, output, reason)
  }
}

/** Resolves when the process is gone; `reason` is why it failed as a process, or null. */
function run(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [brittle, file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what a test file that breaks off has started ends with it.
      detached: true
    })
    running.add(child)

    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))

    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      end(child)
    }, fileTimeoutMs)

    child.on('exit', () => end(child))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      running.delete(child)
      const reason = timedOut
        ? `did not end within ${fileTimeoutMs / 1000} s (a stuck test or a handle left open)`
        : signal !== null
          ? `was ended by ${signal}`
          : code !== 0
            ? `exited with ${code}`
            : null
      resolve({ output: Buffer.concat(chunks).toString(), reason })
    })
  })
}

/** Ends a test file's process, and whatever it has started and not ended. */
function end(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nothing of it is left
  }
}

/** A file that did not print its summary counts what it printed, and one failure for itself. */
function count(file, output, reason) {
  const tests = /^# tests = (\d+)\/(\d+) pass/m.exec(output)
  const asserts = /^# asserts = (\d+)\/(\d+) pass/m.exec(output)

  if (tests !== null && asserts !== null) {
    add(Number(tests[1]), Number(tests[2]), Number(asserts[1]), Number(asserts[2]))
    if (reason === null || tests[1] !== tests[2]) return
  } else {
    const passed = (output.match(/^ok /gm) ?? []).length
    const assertsPassed = (output.match(/^ {4}ok /gm) ?? []).length
    add(passed, passed, assertsPassed, assertsPassed)
  }

  add(0, 1, 0, 0)
  broken.push(`${file} ${reason ?? 'ended without a summary'}`)
}

function add(passed, tests, assertsPassed, asserts) {
  total.passed += passed
  total.tests += tests
  total.assertsPassed += assertsPassed
  total.asserts += asserts
}

function report() {
  const ok = total.passed === total.tests && total.assertsPassed === total.asserts
  console.log()
  for (const line of broken) console.log(`# ${line}`)
  console.log(`# tests = ${total.passed}/${total.tests} pass`)
  console.log(`# asserts = ${total.assertsPassed}/${total.asserts} pass`)
  console.log(`# time = ${Date.now() - startedAt}ms`)
  console.log(`# ${ok ? 'ok' : 'not ok'}`)
  process.exit(ok ? 0 : 1)
}
