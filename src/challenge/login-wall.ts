import type { HtmlFacts } from './html-facts.ts'
import { hostOf, pathOf } from './subject.ts'
import type { Evidence, ResponseHead } from './verdict.ts'

const LOGIN =
  /(^|[/._-])((service)?log[-_]?[io]n|sign[-_]?in|signon|sso|authenticate|adfs\/ls|auth\/realms|oauth2?\/(v[\d.]+\/)?authorize|session\/new|authwall|account[-_]verification|my\.policy)([/?._-]|$)/
const OWN_ACCOUNT =
  /log[-_]?[io]n|sign[-_]?in|log[-_]?out|sign[-_]?out|log[-_]?off|sso|oauth|saml|register|callback|session/
const RETURN =
  /[?&](next|return|returnto|return_to|returnurl|return_url|redirect|redirect_to|redirect_uri|redirecturl|continue|destination|goto|service|from|back|ref|rd|target)=/

/** Hosts that do nothing but that. */
const LOGIN_HOST = /^https?:\/\/(?:auth|sso|log-?in|sign-?in|accounts?|idp?|cas|identity)(?:[.-])/

/**
 * A redirect that sends a reader to a login page instead of the page that was asked for.
 *
 * @param location - lower case
 * @param asked - the path that was asked for, lower case: leaving a login or a logout for the login page is no wall
 * @param host - the host that was asked; without it, only the path of the login page counts
 */
export function readLoginWall(
  method: string,
  location: string,
  asked: string,
  host?: string,
): Evidence | null {
  if (method !== 'GET' && method !== 'HEAD') return null
  const path = location.split('?', 1)[0] ?? ''
  const asksIdentity = location.includes('client_id=') && /\/auth(orize)?$/.test(path.slice(-64))
  const returns = RETURN.test(location.slice(0, 2_048))
  const elsewhere =
    host !== undefined && returns && LOGIN_HOST.test(location) && !location.includes(`//${host}/`)
  const asksLogin = LOGIN.test(path.slice(0, 512)) || asksIdentity || elsewhere
  if (!asksLogin || OWN_ACCOUNT.test(asked.slice(0, 512))) return null
  return {
    signal: 'login-redirect',
    vendor: null,
    where: 'url',
    verdict: 'unauthorised',
    weight: returns ? 0.85 : 0.6,
    note: returns ? 'redirects to a login page that leads back' : 'redirects to a login page',
  }
}

export interface FollowedLogin {
  readonly evidence: Evidence
  /** Whether the address alone decides: it leads back to the requested URL. */
  readonly isPlain: boolean
}

/** A part of a path that is the name of such a page, and no title that only speaks of one. */
const LOGIN_PART =
  /\/(?:(?:wp|user|member|customer|account|auth)[-_])?(?:(?:service)?log[-_]?[io]n|sign[-_]?in|signon|sso|authenticate|authwall)(?:\.\w{1,5})?(?:\/|$)|\/(?:session\/new|auth\/realms|adfs\/ls|oauth2?\/(?:v[\d.]+\/)?authorize)(?:\/|$)/
/** What ends at a login page when it has been done. */
const ENDS_AT_LOGIN = /password|reset|recover|confirm|verif|activat|invit|account|user|welcome|onboard/

/** A login page that a request was led to by redirects, and that answers as a success. Null where it was asked for. */
export function readFollowedLogin({ url, asked }: ResponseHead): FollowedLogin | null {
  if (asked === undefined) return null
  const reads = asked.method === 'GET' || asked.method === 'HEAD'
  const path = pathOf(asked.url).toLowerCase()
  if (!reads && ENDS_AT_LOGIN.test(path)) return null
  const landed = (
    typeof url === 'string' ? url : 'href' in url ? String(url.href) : url.origin + url.pathname
  ).toLowerCase()
  const wall = readLoginWall('GET', landed, path, hostOf(asked.url).toLowerCase())
  if (wall === null) return null
  const isPlain = wall.weight > 0.8
  if (!isPlain && (!reads || !LOGIN_PART.test(pathOf(url).toLowerCase()))) return null
  return { evidence: { ...wall, signal: 'login-followed', note: NOTE }, isPlain }
}

/** Whether the page that was led to is one, where its address does not lead back: it asks for a password, or draws itself. */
export function isLoginPage({ isPlain }: FollowedLogin, facts: HtmlFacts): boolean {
  return isPlain || facts.passwordFields > 0 || SIGN_IN.test(facts.title) || facts.text.length <= SHELL_CHARS
}

const NOTE = 'redirects led to a login page instead of the page that was asked for'
const SIGN_IN =
  /\b(?:sign|log)[ -]?in\b|anmelde|connexion|iniciar sesi|accedi|inloggen|zaloguj|вход|войти|登录|登錄|ログイン|로그인/
const SHELL_CHARS = 60
