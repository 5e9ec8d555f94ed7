import type { Evidence } from './verdict.ts'

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
 * @param host - the host that was asked; without it, only the path of the login page tells
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
