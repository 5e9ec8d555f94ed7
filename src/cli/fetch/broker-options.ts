import type { Readable } from 'node:stream'
import type { BrokerOptions } from '../../client/index.ts'
import { PURPOSES } from '../../compliance/index.ts'
import { oneOf, secondsFlag } from '../options/values.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import { parseResolve, resolverRules, timedConnector } from './connector.ts'
import type { FetchFlags } from './flags.ts'

/**
 * What the broker of a fetch is opened with.
 *
 * @throws UsageError, CommandError
 */
export async function brokerOptions(flags: FetchFlags, stdin: Readable): Promise<BrokerOptions> {
  if (flags.session === undefined && (flags.store !== undefined || flags.tenant !== undefined)) {
    throw new UsageError('--store and --tenant say where a session is kept: name it with --session')
  }
  const { proxy, cacert } = flags
  const resolved = (flags.resolve ?? []).map(parseResolve)
  const ca = cacert === undefined ? undefined : await readInput(cacert, stdin)
  const connectTimeoutMs =
    flags['connect-timeout'] === undefined
      ? undefined
      : secondsFlag(flags['connect-timeout'], '--connect-timeout')
  const ignoreHTTPSErrors = flags.insecure === true
  const measured = flags['write-out'] !== undefined || resolved.length > 0
  const args = resolverRules(resolved)
  return {
    // A fetch that a person types is theirs, as with curl; a crawl of many can ask for the rules.
    ...(flags.robots || flags.purpose !== undefined ? {} : { robots: false as const }),
    ...(flags.purpose === undefined ? {} : { purpose: oneOf(flags.purpose, PURPOSES, '--purpose') }),
    // As curl: a 402 is a response, which a person reads.
    paymentRequired: 'response' as const,
    ...(flags.session === undefined
      ? // What is thrown away anyway is left to the person who asks for the jar.
        { store: { target: 'memory' }, ...(flags['cookie-jar'] ? { trackingCookies: 'keep' as const } : {}) }
      : flags.store === undefined
        ? {}
        : // A single request is better not made than made without the session that it is for.
          { store: { target: flags.store, whenAway: 'refuse' as const } }),
    // What comes is written as it comes: nothing piles up here.
    maxResponseBytes: false,
    // Whoever says how often it is sent again counts themselves.
    ...(flags.retry === undefined ? {} : { circuitBreaker: false as const }),
    ...(proxy === undefined ? {} : { proxy: proxy.includes('://') ? proxy : `http://${proxy}` }),
    ...(ignoreHTTPSErrors ? { ignoreHTTPSErrors: true } : {}),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(measured
      ? { connect: timedConnector({ resolved, ca, connectTimeoutMs, ignoreHTTPSErrors }) }
      : ca === undefined
        ? {}
        : { connect: { ca } }),
    ...(flags.headed || args.length > 0 ? { browser: { headless: !flags.headed, args } } : {}),
  }
}

export function sessionOptions(flags: FetchFlags) {
  const userAgent = flags['user-agent']
  return {
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
    ...(userAgent === undefined ? {} : { identity: { userAgent } }),
  }
}
