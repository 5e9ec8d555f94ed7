/**
 * Waits for work whose result nobody needs any more, such as an orderly end, and no longer than it is worth. The work goes on.
 *
 * @param ms - how long
 * @returns whether it ended well by then
 */
export async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, Math.max(ms, 1), false)
  const ended = work.then(
    () => true,
    () => false,
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}
