import { OnejarError } from './errors.ts'

/** The first Node.js that has what Onejar uses: node:sqlite without a flag, `require()` of ES modules. */
const NEEDED = [22, 19] as const

/**
 * Says so where this Node.js is too old, before something that it lacks fails with a message of its own.
 *
 * @throws OnejarError ONEJAR_NODE_TOO_OLD
 */
export function assertNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = NEEDED
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return
  throw new OnejarError(
    'ONEJAR_NODE_TOO_OLD',
    `Onejar needs Node.js ${NEEDED.join('.')} or later, and this is ${version} (${process.execPath})`,
  )
}
