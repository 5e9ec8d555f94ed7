export { expect, type SessionExpect } from './expect.ts'
export type { CookieMatcherOptions, MatcherOptions, MatcherSubject, SessionMatchers } from './matchers.ts'
export type {
  LogInArgs,
  LoginOptions,
  SessionTestArgs,
  SessionTestOptions,
  SessionWorkerArgs,
  SessionWorkerOptions,
} from './options.ts'
export { type SessionTest, test } from './test.ts'
