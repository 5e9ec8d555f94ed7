import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/**
 * A library that most callers do not need: loaded when it is first asked for, at once, so that it can be used where nothing
 * may wait. `import('onejar')` and the first request stay small that way.
 */
export function onDemand<Library>(name: string): () => Library {
  let library: Library | undefined
  return () => {
    library ??= load(name) as Library
    return library
  }
}
