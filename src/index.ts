export {
  type Clock,
  ERRORS,
  type ErrorCode,
  isOnejarError,
  OnejarError,
  type OnejarErrorOptions,
  type Retry,
} from './core/index.ts'
