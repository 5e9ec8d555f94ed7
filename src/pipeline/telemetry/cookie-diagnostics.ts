import type { Cookie, CookieChange } from '../../record/index.ts'
import type { CookieNote } from '../../routing/index.ts'

const MAX_LINE_CHARS = 1_024

/** Holds the server's lines against what the record made of them. */
export function diagnoseCookies(lines: readonly string[], changes: readonly CookieChange[]): CookieNote[] {
  return lines.map((text, i) => {
    const line = masked(text)
    const change = changes[i]
    if (change === undefined) return { line, outcome: 'unchanged' as const }
    if (!change.accepted) {
      return { line, outcome: 'refused' as const, reason: change.reason, detail: change.detail }
    }
    if (change.put === null) return { line, outcome: 'deleted' as const }
    return {
      line,
      outcome: change.unchanged ? ('unchanged' as const) : ('kept' as const),
      kept: describe(change.put),
    }
  })
}

function masked(line: string): string {
  const end = line.indexOf(';')
  const pair = end === -1 ? line : line.slice(0, end)
  const at = pair.indexOf('=')
  const name = at === -1 ? '' : `${pair.slice(0, at).trim()}=`
  const value = pair.slice(at + 1).trim()
  const rest = end === -1 ? '' : line.slice(end)
  return printable(`${name}[${value.length} bytes]${rest}`)
}

function describe(cookie: Cookie): string {
  const { name, value, domain, hostOnly, path, expiresAt, secure, httpOnly, sameSite, priority } = cookie
  const parts = [
    `${name === '' ? '' : `${name}=`}[${value.length} bytes]`,
    hostOnly ? `host-only ${domain}` : `Domain=${domain}`,
    `Path=${path}`,
    expiresAt === null ? 'session' : `Expires=${new Date(expiresAt).toUTCString()}`,
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    `SameSite=${sameSite}`,
    ...(priority === 'medium' ? [] : [`Priority=${priority}`]),
    ...(cookie.partitionKey === null ? [] : ['Partitioned']),
  ]
  return printable(parts.join('; '))
}

/** What a site sends goes to logs and terminals: control bytes are shown as what they are. */
function printable(text: string): string {
  const safe = text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return safe.length > MAX_LINE_CHARS ? `${safe.slice(0, MAX_LINE_CHARS)}…` : safe
}
