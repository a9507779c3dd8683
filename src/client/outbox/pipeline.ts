// Work on a stream of items: in order, several at a time, never more than a bound. Results come out as
// they are ready, also while the source is silent. Knows nothing of messages.

import FIFO from 'fast-fifo'

export interface Work<In, Out> {
  run: (item: In) => Promise<Out>
  weigh: (item: In) => number
  /** Once this much is under way, the next item is not taken. */
  weightMax: number
}

/** Results in the order of the source. An error of the source or of the work ends it. */
export async function* pipeline<In, Out>(
  source: Iterable<In> | AsyncIterable<In>,
  { run, weigh, weightMax }: Work<In, Out>
): AsyncGenerator<Out> {
  const items: Iterator<In> | AsyncIterator<In> =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const underway = new FIFO<{ result: Promise<Out>; weight: number }>()
  let weight = 0
  let next: Promise<IteratorResult<In>> | null = null
  let over = false
  const take = (item: IteratorResult<In>): void => {
    if (item.done === true) {
      over = true
      return
    }
    const result = run(item.value)
    result.catch(() => {}) // thrown below, in its turn
    underway.push({ result, weight: weigh(item.value) })
    weight += weigh(item.value)
  }
  try {
    while (true) {
      if (!over && next === null && weight < weightMax) {
        const step = items.next()
        // A source that has it at hand is not waited for.
        if (!('then' in step)) {
          take(step)
          continue
        }
        next = step
      }
      const first = underway.peek()
      if (next === null) {
        if (first === undefined) return
        // Nothing else to wait for.
        const result = await first.result
        weight -= underway.shift()?.weight ?? 0
        yield result
        continue
      }
      const event = await Promise.race([
        ...(first === undefined ? [] : [first.result.then((result) => ({ result }))]),
        next.then((item) => ({ item }))
      ])
      if ('result' in event) {
        weight -= underway.shift()?.weight ?? 0
        yield event.result
      } else {
        next = null
        take(event.item)
      }
    }
  } finally {
    // Not awaited: a source that is silent ends only when it says something again.
    void Promise.resolve(items.return?.()).catch(() => {})
  }
}
