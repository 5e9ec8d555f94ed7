import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserContext, Page } from '@playwright/test'
import type { Session } from '../client/index.ts'
import { attachmentOf, sessionOf } from './attach.ts'
import { differences } from './difference.ts'

/** What a matcher may be given: a session, or a page or context of one. */
export type MatcherSubject = Session | BrowserContext | Page

/** How long a matcher of `onejar/test` waits. */
export interface MatcherOptions {
  /** In milliseconds. Default: as long as Playwright's own matchers (`expect.timeout`). */
  readonly timeout?: number
}

/** The same, and which cookie is meant where the name alone does not say it. */
export interface CookieMatcherOptions extends MatcherOptions {
  /** The cookie is one that a request to this URL carries. Default: any cookie of the name. */
  readonly url?: string | URL
}

/** What Playwright hands to a matcher. */
export interface MatcherState {
  /** Whether it was called by `.not`. */
  readonly isNot: boolean
  /** How long it may wait, in milliseconds, by `expect.timeout` of the configuration. */
  readonly timeout?: number
}

/** What a matcher answers. */
export interface MatcherResult {
  /** The matcher's name. */
  readonly name: string
  /** Whether it is as was said, `.not` left aside. */
  readonly pass: boolean
  /** What is said where the expectation fails. */
  readonly message: () => string
}

interface Look {
  readonly pass: boolean
  readonly found: string
}

/** After these times it is looked again, the last one for as long as it takes. Playwright's own. */
const PAUSES_MS = [100, 250, 500, 1_000] as const

/** The matchers that `expect` of `onejar/test` has beside Playwright's. They wait, as those for pages do. */
export interface SessionMatchers {
  /**
   * The session has a cookie of this name, with this value where one is given.
   *
   * @param value - the exact value, or what it has to match; or the options
   */
  toHaveCookie(
    this: MatcherState,
    subject: MatcherSubject,
    name: string,
    value?: string | RegExp | CookieMatcherOptions,
    options?: CookieMatcherOptions,
  ): Promise<MatcherResult>
  /**
   * The session has an item of an origin's localStorage, with this value where one is given.
   *
   * @param origin - a URL of the site
   * @param value - the exact value, or what it has to match; or the options
   */
  toHaveLocalStorageItem(
    this: MatcherState,
    subject: MatcherSubject,
    origin: string | URL,
    key: string,
    value?: string | RegExp | MatcherOptions,
    options?: MatcherOptions,
  ): Promise<MatcherResult>
  /** The cookies of the context and the localStorage of its open documents are the session's. */
  toBeInSync(this: MatcherState, subject: MatcherSubject, options?: MatcherOptions): Promise<MatcherResult>
}

export const matchers: SessionMatchers = {
  async toHaveCookie(subject, name, value, options) {
    const wanted = isValue(value) ? value : undefined
    const { url, ...rest } = (isValue(value) ? options : value) ?? {}
    const session = sessionFor(subject, 'toHaveCookie')
    return poll(this, `a cookie ${name}${said(wanted)}`, 'toHaveCookie', rest, async () => {
      await session.cookies.settled()
      const all = url === undefined ? session.cookies.all() : session.cookies.matching(url)
      return lookAt(
        all.filter((cookie) => cookie.name === name).map((cookie) => cookie.value),
        wanted,
      )
    })
  },

  async toHaveLocalStorageItem(subject, origin, key, value, options) {
    const wanted = isValue(value) ? value : undefined
    const rest = (isValue(value) ? options : value) ?? {}
    const session = sessionFor(subject, 'toHaveLocalStorageItem')
    return poll(this, `an item ${key}${said(wanted)}`, 'toHaveLocalStorageItem', rest, async () => {
      const found = await session.localStorage(origin).get(key)
      return lookAt(found === null ? [] : [found], wanted)
    })
  },

  async toBeInSync(subject, options = {}) {
    const session = sessionFor(subject, 'toBeInSync')
    const { context } = attachmentOf(session) ?? {}
    if (context === undefined) throw new Error('toBeInSync: the session has no context of the runner now')
    return poll(this, 'the same in the session and its pages', 'toBeInSync', options, async () => {
      await session.cookies.settled()
      const found = await differences(session, context)
      return { pass: found.length === 0, found: found.join(', ') || 'the same' }
    })
  },
}

/** Looks until it is as wanted, or the time is over. */
async function poll(
  { isNot, timeout: common }: MatcherState,
  expected: string,
  name: string,
  { timeout = common ?? 5_000 }: MatcherOptions,
  look: () => Promise<Look>,
): Promise<MatcherResult> {
  const until = performance.now() + timeout
  for (let looks = 0; ; looks++) {
    const { pass, found } = await look()
    const left = until - performance.now()
    if (pass !== isNot || left <= 0) {
      const not = isNot ? 'not ' : ''
      const message = () => `${name}: waited ${timeout} ms\n\nExpected: ${not}${expected}\nFound: ${found}`
      return { name, pass, message }
    }
    await wait(Math.min(PAUSES_MS[looks] ?? 1_000, left))
  }
}

function lookAt(values: readonly string[], wanted: string | RegExp | undefined): Look {
  const fits = (value: string) =>
    wanted === undefined || (typeof wanted === 'string' ? value === wanted : value.search(wanted) >= 0)
  return {
    pass: values.some(fits),
    found: values.join(', ') || (values.length > 0 ? 'an empty one' : 'none'),
  }
}

function isValue(value: unknown): value is string | RegExp {
  return typeof value === 'string' || value instanceof RegExp
}

function said(wanted: string | RegExp | undefined): string {
  return wanted === undefined ? '' : ` with the value ${wanted}`
}

/** @throws Error where the subject has no session */
function sessionFor(subject: MatcherSubject, name: string): Session {
  if ('tokenBindings' in subject) return subject
  const session = sessionOf('context' in subject ? subject.context() : subject)
  if (session === undefined) throw new Error(`${name}: expected a session, or a page or context of a session`)
  return session
}
