import { ERRORS, type ErrorCode, isOnejarError } from '../core/index.ts'
import { CommandError } from './exit-codes.ts'
import { COMMAND_SPECS } from './specs/commands.ts'
import { UsageError } from './usage-error.ts'

/** What helps, in the words of a command line; where a code has none here, the library's are right. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  ONEJAR_TIMEOUT: 'Give it more time (-m), or look with -v where the time went.',
  ONEJAR_BAD_OPTIONS: 'Correct the flag or the value that is named.',
  ONEJAR_BAD_URL: 'Give an absolute http: or https: URL.',
  ONEJAR_BODY_TOO_LARGE: 'Allow more (--max-response-bytes of onejar serve), or ask for less.',
  ONEJAR_TOO_MANY_REDIRECTS: 'Raise --max-redirs, or look with -v for a loop in the chain.',
  ONEJAR_BAD_REDIRECT: 'Use --no-location -i to see where the site points to.',
  ONEJAR_BODY_NOT_REPLAYABLE: 'Send data from a file.',
  ONEJAR_TLS:
    'Somebody may be intercepting the connection. Use --cacert for a certificate authority of your own, or -k for any.',
  ONEJAR_PROXY_FAILED: 'Check -x: the address, and the credentials in it.',
  ONEJAR_PIN_MISMATCH: 'Find out who answers before anything else.',
  ONEJAR_BROWSER_NOT_FOUND:
    'Install one (npx playwright install --with-deps chromium, or apt-get install chromium), or set ONEJAR_CHROMIUM. --no-escalate does without.',
  ONEJAR_CAPTCHA:
    'A person can solve it with --headed; --no-escalate prints the page. The session is blocked for that origin until onejar sessions unblock SESSION ORIGIN.',
  ONEJAR_BLOCKED:
    'Respect it, or ask the site’s owner; --no-escalate prints the page. The session is blocked for that origin until onejar sessions unblock SESSION ORIGIN.',
  ONEJAR_CHALLENGE_UNSOLVED: 'Run it with -v to see the evidence; another session, -x or --headed may pass.',
  ONEJAR_ROBOTS_DISALLOWED:
    'Respect it, or ask the site’s owner. Without --robots and --purpose a request is one that a person typed, as with curl.',
  ONEJAR_RATE_LIMITED: 'Wait before the next request, or use --retry.',
  ONEJAR_WAITING_ROOM: 'Ask again later, or with a longer -m: the session keeps its place in the line.',
  ONEJAR_QUARANTINED: 'Wait, or use another session; the message says why.',
  ONEJAR_CIRCUIT_OPEN: 'Try again later.',
  ONEJAR_REAUTH_FAILED: 'Run it with -v to see the cause.',
  ONEJAR_ADDRESS_REFUSED: 'If it may be reached, name it with --allow-address.',
  ONEJAR_EXPECTATION_FAILED: 'Run it with -v to see what each transport returned.',
}

/** The library's options, as the flags that set them. */
const FLAGS: ReadonlyMap<string, string> = new Map(
  COMMAND_SPECS.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { sets, short }]): [string, string][] =>
      sets === undefined ? [] : [[sets, short === undefined ? `--${name}` : `-${short}`]],
    ),
  ),
)

/** An error in one line, in the words of the command line. Holds no secret: the errors hold none. */
export function describeError(error: unknown, command: string | undefined): string {
  if (isOnejarError(error)) return `${inFlags(error.message, error.code)} [${error.code}]`
  if (error instanceof CommandError) return error.message
  if (error instanceof UsageError) {
    return `${error.message} (see onejar ${command === undefined ? '' : `${command} `}--help)`
  }
  // What others throw can quote what they were given.
  const name = error instanceof Error ? error.name : typeof error
  return `unexpected ${name}; run it again with -v to see where it comes from`
}

function inFlags(message: string, code: ErrorCode): string {
  const usual = ERRORS[code].advice
  const own = ADVICE[code]
  const what = message.endsWith(usual) ? message.slice(0, -usual.length).trimEnd() : message
  const named = what.replace(/^[^:]*(?:options|\(\))[^:]*: ([A-Za-z.]+): /, (whole, option: string) => {
    const flag = FLAGS.get(option)
    return flag === undefined ? whole : `${flag}: `
  })
  return [named, what === message ? '' : (own ?? usual)].filter((part) => part !== '').join(' ')
}
