export { type Deadline, startDeadline, withSignal } from './abort.ts'
export { childEnvironment } from './child-environment.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  ERRORS,
  type ErrorCode,
  type ErrorTier,
  isOnejarError,
  OnejarError,
  type OnejarErrorOptions,
  type Retry,
} from './errors.ts'
export { LazyMap, LazySet } from './lazy-collections.ts'
export { makeFolder } from './make-folder.ts'
export { parseOptions } from './options.ts'
export { type Random, systemRandom } from './random.ts'
export { Secret } from './secret.ts'
export { parseHttpUrl, safeUrl } from './url.ts'
