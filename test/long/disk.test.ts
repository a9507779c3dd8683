import test from 'brittle'
import { NO_SMALL_DISK } from '../helpers/small-disk.ts'
import { diskCycles, isGood, KINDS, printFigures } from './disk-cycles.ts'

test(
  'a disk that gets full, in a write and in a compaction too, ends no read and loses nothing, and writes return',
  { timeout: 90_000 },
  async (t) => {
    const figures = await diskCycles({ cycles: KINDS.length })
    if (figures === null) {
      t.comment(NO_SMALL_DISK)
      t.pass()
      return
    }
    t.comment(printFigures(figures))
    t.ok(isGood(figures), printFigures(figures))
  }
)
