/** Work in pieces: each `next()` is short. */
export type Steps<T> = Generator<void, T, void>

/** How long a piece may block the process, in milliseconds. */
const SLICE_MS = 8

/**
 * Does work piece by piece and yields to the event loop in between, so that timers fire and other requests go on.
 *
 * @param over - called between the pieces; throws to end the work
 */
export async function runSteps<T>(steps: Steps<T>, over: () => void = () => {}): Promise<T> {
  for (;;) {
    const sliceEnd = performance.now() + SLICE_MS
    do {
      const { done, value } = steps.next()
      if (done) return value
    } while (performance.now() < sliceEnd)
    await new Promise<void>((resolve) => setImmediate(resolve))
    over()
  }
}

const BLOCK = 8192

/** Does something for each number from 0 on, in pieces. */
export function* upTo(count: number, each: (index: number) => void): Steps<void> {
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(count, from + BLOCK)
    for (let index = from; index < to; index++) each(index)
    yield
  }
}

/** The same from the last number to 0. */
export function* downFrom(count: number, each: (index: number) => void): Steps<void> {
  for (let from = count - 1; from >= 0; from -= BLOCK) {
    const to = Math.max(-1, from - BLOCK)
    for (let index = from; index > to; index--) each(index)
    yield
  }
}
