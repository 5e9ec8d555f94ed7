/** The result; undefined when it does not come in time. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, Math.max(ms, 1), undefined)
  work.catch(() => {})
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
