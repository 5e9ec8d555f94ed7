export { type Deadline, startDeadline, withSignal } from './abort.ts'
export { assertNode } from './assert-node.ts'
export { childEnvironment } from './child-environment.ts'
export { type Clock, steadyMs, systemClock } from './clock.ts'
export { endsWithin } from './ends-within.ts'
export {
  ERRORS,
  type ErrorCode,
  type ErrorTier,
  isOnejarError,
  OnejarError,
  type OnejarErrorOptions,
  type Retry,
} from './errors.ts'
export { FileRefusal, whyOfFile } from './files/file-refusal.ts'
export { claimDatabase, openToAppend } from './files/private-file.ts'
export { openRegular, readFileWithin } from './files/read-file.ts'
export { createPrivateFile, FileDraft, writePrivateFile } from './files/write-file.ts'
export { type GrowingPause, growingPause } from './growing-pause.ts'
export { ignore } from './ignore.ts'
export { acceptLanguageFor, acceptLanguageOf, languagesOf } from './languages.ts'
export { LazyMap, LazySet } from './lazy-collections.ts'
export { LifeCycle } from './life-cycle.ts'
export { isLoopback, isTrustworthy } from './loopback.ts'
export { makeFolder } from './make-folder.ts'
export { didYouMean, nearest } from './nearest.ts'
export { onDemand } from './on-demand.ts'
export { parseOptions, unknownKey } from './options.ts'
export { type Random, systemRandom } from './random.ts'
export { redisPassword } from './redis-password.ts'
export { Secret } from './secret.ts'
export { chromiumUrl, copyHttpUrl, parseHttpUrl, requestTarget, safeUrl } from './url.ts'
export { UserCode } from './user-code.ts'
export { packageVersion } from './version.ts'
