/** What kind of data a decision is about. */
type DataClass = 'request' | 'site-content' | 'tracking' | 'personal' | 'session' | 'trail'

/** What is done about it. */
type PolicyAction =
  | 'refuse'
  | 'let-through'
  | 'halt'
  | 'slow-down'
  | 'hand-over'
  | 'resume'
  | 'withhold'
  | 'redact'
  | 'reduce'
  | 'disclose'
  | 'delete'
  | 'repair'
  | 'repeat'
  | 'keep'
  | 'log-in'

/** One row of the matrix. */
export interface PolicyRow {
  readonly data: DataClass
  readonly action: PolicyAction
  /** `on` and `off`: without anybody asking. `asked`: when a caller asks for it. */
  readonly byDefault: 'on' | 'off' | 'asked'
  /** The option or call that changes it. */
  readonly option: string
  /** What happens, in a sentence. */
  readonly meaning: string
}

/**
 * The policy matrix: every rule, the class of data it is about, what is done and whether that is the default. The audit
 * trail names the rows, and the page in the docs is made of them.
 */
export const POLICY = {
  'robots-disallowed': {
    data: 'request',
    action: 'refuse',
    byDefault: 'on',
    option: 'robots',
    meaning: 'robots.txt forbids the URL: the request is not sent.',
  },
  'robots-unreachable': {
    data: 'request',
    action: 'refuse',
    byDefault: 'on',
    option: 'robots',
    meaning: 'robots.txt answers 5xx or 429: nothing is sent to the origin for a minute.',
  },
  'crawl-delay': {
    data: 'request',
    action: 'refuse',
    byDefault: 'on',
    option: 'robots',
    meaning: 'Crawl-delay asks for a longer pause than the request can wait: it is not sent.',
  },
  'robots-bypassed': {
    data: 'request',
    action: 'let-through',
    byDefault: 'asked',
    option: 'robots.bypass, robots: false',
    meaning: 'The caller does without robots.txt, for an origin, a request, or the whole broker.',
  },
  'purpose-refused': {
    data: 'site-content',
    action: 'refuse',
    byDefault: 'asked',
    option: 'purpose',
    meaning:
      'The site forbids the use that the request declares: it is not sent, or its response is thrown away.',
  },
  'payment-demanded': {
    data: 'request',
    action: 'refuse',
    byDefault: 'on',
    option: 'paymentRequired',
    meaning: 'The site asks for money (402). Nothing is paid, and the request is an error.',
  },
  'site-blocked': {
    data: 'request',
    action: 'halt',
    byDefault: 'on',
    option: 'session.unblock()',
    meaning: 'The site refuses the session: it is blocked for the origin.',
  },
  'captcha-met': {
    data: 'request',
    action: 'hand-over',
    byDefault: 'on',
    option: 'session.unblock()',
    meaning:
      'The site asks for a puzzle meant for a person: a person has to solve it, and the session is blocked for the origin.',
  },
  'rate-limit-alert': {
    data: 'request',
    action: 'slow-down',
    byDefault: 'on',
    option: 'rateLimits',
    meaning:
      'Too large a share of an origin’s answers is 429: it is asked more slowly until that falls. Or a session was answered 429 again and again: it is in quarantine there.',
  },
  'security-alert': {
    data: 'request',
    action: 'halt',
    byDefault: 'on',
    option: 'session.unblock(), session.liftQuarantine()',
    meaning:
      'A TLS fault, a key that is not the pinned one, or a refusal by a site’s protection: the session is in quarantine or blocked.',
  },
  'session-purged': {
    data: 'session',
    action: 'delete',
    byDefault: 'off',
    option: 'purgeOn',
    meaning: 'After a fault of security the session’s cookies, storage and kept responses were deleted.',
  },
  'session-resumed': {
    data: 'request',
    action: 'resume',
    byDefault: 'asked',
    option: 'session.unblock()',
    meaning: 'A person unblocked an origin for a session.',
  },
  'session-handed-over': {
    data: 'session',
    action: 'hand-over',
    byDefault: 'asked',
    option: 'POST /v1/sessions/{id}/by-hand, onejar open --link',
    meaning:
      'A one-time link shows a page of the session to a person: it was made, opened, and ended, and how it ended.',
  },
  'isolation-decision': {
    data: 'session',
    action: 'withhold',
    byDefault: 'asked',
    option: 'isolation',
    meaning: 'What the tenant’s policy decided about a behaviour of a session: allow, deny or transform.',
  },
  'personal-header': {
    data: 'personal',
    action: 'refuse',
    byDefault: 'off',
    option: 'personalHeaders',
    meaning: 'A header of the caller’s holds personal data: it is warned of, or the request is refused.',
  },
  'tracking-withheld': {
    data: 'tracking',
    action: 'withhold',
    byDefault: 'on',
    option: 'trackingCookies',
    meaning: 'Cookies of known trackers are neither stored nor exported.',
  },
  'personal-redacted': {
    data: 'personal',
    action: 'redact',
    byDefault: 'off',
    option: 'redact',
    meaning:
      'E-mail addresses, phone numbers and IP addresses are cut out of bodies before the caller gets them.',
  },
  'content-reduced': {
    data: 'site-content',
    action: 'reduce',
    byDefault: 'asked',
    option: 'extract',
    meaning: 'Of a body only what was asked for is given to the caller.',
  },
  'session-exported': {
    data: 'session',
    action: 'disclose',
    byDefault: 'asked',
    option: 'session.export()',
    meaning: 'A session, with its secrets, was written into a file form.',
  },
  'session-revealed': {
    data: 'session',
    action: 'disclose',
    byDefault: 'asked',
    option: '--reveal, reveal=1',
    meaning:
      'Secret values of a session (cookies, storage, a dead letter) were shown to a person or a caller.',
  },
  'session-begun': {
    data: 'session',
    action: 'keep',
    byDefault: 'on',
    option: 'broker.session()',
    meaning: 'A session was opened: a new one, or one that the store had.',
  },
  'session-released': {
    data: 'session',
    action: 'keep',
    byDefault: 'on',
    option: 'session.release()',
    meaning: 'A session was released; the store keeps it.',
  },
  'session-rotated': {
    data: 'session',
    action: 'keep',
    byDefault: 'on',
    option: 'broker.rotateProxies(), proxyRoutes',
    meaning: 'A session goes on through another proxy.',
  },
  'session-reauthenticated': {
    data: 'session',
    action: 'log-in',
    byDefault: 'on',
    option: 'reauthenticate',
    meaning:
      'A site asked for a login: the hook was called, has logged the session in or failed; or the login did not help.',
  },
  'request-repeated': {
    data: 'request',
    action: 'repeat',
    byDefault: 'on',
    option: 'retry',
    meaning: 'A request that failed is sent again: where, which attempt, after which pause, and why.',
  },
  'session-removed': {
    data: 'session',
    action: 'delete',
    byDefault: 'asked',
    option: 'broker.remove(), onejar sessions rm',
    meaning: 'A stored session was removed.',
  },
  'store-purged': {
    data: 'session',
    action: 'delete',
    byDefault: 'on',
    option: 'retention.recordsMs, store.retentionFloorMs, store.retentionCeilingMs',
    meaning: 'Sessions and entries whose time was up were dropped from the store.',
  },
  'files-purged': {
    data: 'session',
    action: 'delete',
    byDefault: 'on',
    option: 'retention.screenshotsMs, retention.logs',
    meaning: 'Screenshots and log files whose time was up were deleted.',
  },
  'subject-erased': {
    data: 'personal',
    action: 'delete',
    byDefault: 'asked',
    option: 'broker.erase(), onejar erase',
    meaning:
      'Everything that the store had of a subject was removed, and a certificate made: its hash, and how many sessions it was.',
  },
  'trail-cut': {
    data: 'trail',
    action: 'delete',
    byDefault: 'asked',
    option: 'retention.trailMs, onejar audit prune',
    meaning:
      'The oldest records of the trail were deleted: how many, from when to when, and what the rest is chained to.',
  },
  'trail-repaired': {
    data: 'trail',
    action: 'repair',
    byDefault: 'on',
    option: 'audit',
    meaning: 'The last line of the trail was torn by a crash of its writer: it was cut off.',
  },
} as const satisfies Record<string, PolicyRow>

/** The name of a row. */
export type PolicyRule = keyof typeof POLICY
