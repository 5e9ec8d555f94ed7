import { type ReportLimits, SessionReport } from '../../report/index.ts'
import { Input } from '../input/input.ts'
import type { SessionParts } from './session-parts.ts'

const REPORT = new Input('session.report()')
const MOST = 1_000_000

/** How much `session.report()` keeps. */
export interface ReportOptions {
  /** How many requests are kept, the latest; others are only counted. Up to 1,000,000. Default: 1,000. */
  readonly maxRequests?: number
  /** The same for events, and for changes of cookies and storage. Up to 1,000,000. Default: 1,000. */
  readonly maxEvents?: number
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED */
export function openReport(session: SessionParts, options: ReportOptions | undefined): SessionReport {
  session.assertOpen()
  const given = REPORT.members(options, ['maxRequests', 'maxEvents'])
  const limits: ReportLimits = {
    maxRequests: count(given.maxRequests, 'maxRequests'),
    maxEvents: count(given.maxEvents, 'maxEvents'),
  }
  const { events, record, services } = session
  return new SessionReport({ events, record, clock: services.clock }, limits)
}

function count(value: unknown, path: string): number {
  if (value === undefined) return 1_000
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MOST) return value
  throw REPORT.bad(`${path}: expected a whole number from 1 to ${MOST}`)
}
