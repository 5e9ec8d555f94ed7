import type { Evidence, ResponseHead } from './verdict.ts'

/** A refusal whose headers say that it is about how much was asked, as some APIs answer with 403 instead of 429. */
export function readExhaustedLimit(statusCode: number, headers: ResponseHead['headers']): Evidence | null {
  if (statusCode !== 403) return null
  const remaining =
    headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'] ?? headers['x-rate-limit-remaining']
  const spent = typeof remaining === 'string' && remaining.trim() === '0'
  if (!spent && headers['retry-after'] === undefined) return null
  return {
    signal: 'exhausted-limit',
    vendor: null,
    where: 'header',
    verdict: 'rate-limited',
    weight: spent ? 0.85 : 0.6,
    note: spent ? 'no requests remain of the limit' : 'a refusal that says when to come back',
  }
}
