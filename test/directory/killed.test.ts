import test from 'brittle'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import b4a from 'b4a'
import { FindBy } from '../../src/protocol/directory-messages.ts'
import { readProfile } from '../../src/protocol/profile.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openDirectory } from './helpers.ts'

test('killed again and again, the directory loses nothing that was accepted', async (t) => {
  const folder = await tmpFolder(t)
  const script = fileURLToPath(new URL('./publisher.js', import.meta.url))
  const accepted = new Map<string, number>()
  for (let round = 1; round <= 3; round++) {
    const args = [script, folder, String(round * 100)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    let left = 200 + round * 37
    for await (const line of createInterface({ input: child.stdout })) {
      const [identity = '', sequence = ''] = line.split(' ')
      accepted.set(identity, Number(sequence))
      if (--left === 0) child.kill('SIGKILL')
    }
    t.alike(await exited, [null, 'SIGKILL'])

    const { directory, again } = await openDirectory(t, { folder })
    const wrong: string[] = []
    for (const [identity, sequence] of accepted) {
      const [person] = directory.find(FindBy.identity, b4a.from(identity, 'hex'))
      const kept = person?.profile ? readProfile(person.profile).sequence : 0
      if (kept < sequence || person?.online === true) wrong.push(`${identity} ${kept} ${sequence}`)
    }
    t.alike(wrong, [], `round ${round}: ${accepted.size} people`)
    const { directory: later, store } = await again()
    t.alike(later.counts, directory.counts)
    await later.close()
    await store.close()
  }
})
