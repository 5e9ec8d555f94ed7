// What `vitest` is for a test that runs in the process of a mutant: see runner.ts.
export { expect, vi } from 'vitest'
export { beforeEach, describe, it } from './collected-tests.ts'
