import { createHmac, timingSafeEqual } from 'node:crypto'

const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url')

/** Claims of a token; `exp` is in seconds since the epoch, as RFC 7519 has it. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number }

/** A JWT signed with HMAC-SHA-256 (RFC 7515): everybody can read it, and only the holder of the secret can make it. */
export function signToken(claims: Claims, secret: Buffer): string {
  const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${mac(signed, secret).toString('base64url')}`
}

/** The claims of a token, or null when it is malformed, was signed by somebody else, or has expired at `now` (ms). */
export function readToken(token: string, secret: Buffer, now: number): Claims | null {
  const [header, body, signature, ...rest] = token.split('.')
  if (header !== HEADER || !body || !signature || rest.length > 0) return null
  const given = Buffer.from(signature, 'base64url')
  const wanted = mac(`${header}.${body}`, secret)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
  return claims.exp * 1000 > now ? claims : null
}

function mac(text: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}
