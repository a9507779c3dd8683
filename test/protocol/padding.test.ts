import test from 'brittle'
import { padme } from '../../src/protocol/padding.ts'

test('the padded sizes are what they were', (t) => {
  const sizes = [
    0, 1, 2, 3, 7, 8, 9, 10, 17, 33, 100, 255, 257, 1000, 1025, 65_537, 131_072, 163_840
  ]
  t.alike(
    sizes.map(padme),
    [0, 1, 2, 3, 7, 8, 10, 10, 18, 36, 104, 256, 272, 1024, 1088, 67_584, 131_072, 163_840]
  )
})

test('padding never shrinks, costs at most 12 %, keeps the order, and is its own end', (t) => {
  const broken: number[] = []
  for (let length = 1; length <= 200_000; length++) {
    const padded = padme(length)
    const sound =
      padded >= length &&
      padded <= length * 1.12 &&
      padded >= padme(length - 1) &&
      padme(padded) === padded
    if (!sound) broken.push(length)
  }
  t.alike(broken, [])
})

test('few sizes are left to tell bodies apart', (t) => {
  const sizes = new Set(Array.from({ length: 131_072 }, (_, length) => padme(length)))
  t.ok(sizes.size < 300, `${sizes.size} sizes for 131,072 lengths`)
})
