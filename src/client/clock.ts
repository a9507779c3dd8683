// The client's clock for how long something takes: Date.now without its jumps back, since there is no
// steady one that Node and Bare both have. What people read as a time of day comes from Date.now itself.

let last = Date.now()
let behind = 0

/** Milliseconds that never get less, however the machine's clock is set back. */
export function steadyNow(): number {
  const now = Date.now()
  if (now < last) behind += last - now
  last = now
  return now + behind
}
