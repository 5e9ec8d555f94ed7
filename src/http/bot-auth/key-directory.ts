import type { BotKey, PublicBotKey } from './bot-key.ts'
import { signMessage } from './sign-message.ts'

/** Where verifiers look for the directory, at the origin that `Signature-Agent` names. */
export const DIRECTORY_PATH = '/.well-known/http-message-signatures-directory'

const MEDIA_TYPE = 'application/http-message-signatures-directory+json'
const TAG = 'http-message-signatures-directory'

/** A key directory (JWKS), as a web server has to answer with it. */
export interface KeyDirectory {
  readonly body: { readonly keys: readonly PublicBotKey[] }
  /**
   * The response's headers. The signature, by each key in turn, shows that who serves the directory has the key; it is good
   * until `expires`.
   */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The directory of a key, for an agent's origin.
 *
 * @param now - epoch milliseconds
 * @param expiresMs - how long the directory's own signature is good for
 */
export function keyDirectory(key: BotKey, agent: string, now: number, expiresMs: number): KeyDirectory {
  const created = Math.floor(now / 1000)
  const { input, signature } = signMessage(key, [{ id: '"@authority";req', value: new URL(agent).host }], {
    tag: TAG,
    created,
    expires: created + Math.ceil(expiresMs / 1000),
  })
  return {
    body: { keys: [key.publicJwk] },
    headers: {
      'Content-Type': MEDIA_TYPE,
      'Cache-Control': `max-age=${Math.min(86_400, Math.ceil(expiresMs / 1000))}`,
      'Signature-Input': input,
      Signature: signature,
    },
  }
}
