export { cookieJar } from './cookie-jar.ts'
export type { SessionCookieJar } from './session-cookie-jar.ts'
