/**
 * The headers that credentials and tokens against forged requests usually travel in: the only ones that a page of one site
 * can teach for another.
 */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'access-token',
  'accesstoken',
  'api-key',
  'api-token',
  'apikey',
  'auth-token',
  'authentication',
  'authorization',
  'bearer',
  'id-token',
  'jwt',
  'private-token',
  'session-token',
  'token',
  'x-access-token',
  'x-amz-security-token',
  'x-api-key',
  'x-api-token',
  'x-apikey',
  'x-auth',
  'x-auth-key',
  'x-auth-token',
  'x-authentication',
  'x-authentication-token',
  'x-authorization',
  'x-bearer-token',
  'x-emby-authorization',
  'x-emby-token',
  'x-gitlab-token',
  'x-goog-api-key',
  'x-id-token',
  'x-jwt',
  'x-jwt-assertion',
  'x-jwt-token',
  'x-plex-token',
  'x-session-id',
  'x-session-token',
  'x-shopify-access-token',
  'x-token',
  'x-user-token',
  'x-vault-token',
  'xc-auth',
])

const CSRF: ReadonlySet<string> = new Set([
  '__requestverificationtoken',
  'anti-csrf-token',
  'csrf',
  'csrf-token',
  'csrftoken',
  'requestverificationtoken',
  'x-anti-csrf-token',
  'x-csrf',
  'x-csrf-header',
  'x-csrf-protection',
  'x-csrf-token',
  'x-csrftoken',
  'x-request-verification-token',
  'x-requestverificationtoken',
  'x-xsrf',
  'x-xsrf-header',
  'x-xsrf-token',
  'x-xsrftoken',
  'xsrf',
  'xsrf-token',
  'xsrftoken',
])

/** Whether a header (lower case) is one of the usual ones. */
export function isUsualHeader(name: string): boolean {
  return CREDENTIALS.has(name) || CSRF.has(name)
}

/** Whether a header or a meta speaks of a token against forged requests. */
export function speaksOfForgery(name: string): boolean {
  return /csrf|xsrf|requestverification|authenticity/i.test(name)
}
