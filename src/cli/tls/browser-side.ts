import type { Session } from '../../client/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { HelloListener } from './hello-listener.ts'
import { NO_CONNECTION, type Side, shownChain } from './side.ts'

interface SecurityDetails {
  readonly protocol: string
  readonly keyExchange: string
  readonly cipher: string
}

/** The session's own browser: it opens the URL, and the listener's. Its page is closed with the session. */
export async function browserSide(
  session: Session,
  url: URL,
  listener: HelloListener,
  timeoutMs: number,
): Promise<Side> {
  let page: Awaited<ReturnType<Session['page']>>
  try {
    page = await session.page()
  } catch (error) {
    if (!isOnejarError(error)) throw error
    return { ...NO_CONNECTION, fingerprint: null, fault: error.code }
  }
  const fingerprint = await listener.measure(
    () => page.goto(listener.url.href, { timeout: timeoutMs }),
    timeoutMs,
  )
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.enable')
  let seen: { readonly details: SecurityDetails; readonly protocol: string } | undefined
  devtools.on('Network.responseReceived', ({ type, response }) => {
    const { securityDetails, protocol } = response
    if (type === 'Document' && securityDetails !== undefined)
      seen ??= { details: securityDetails, protocol: protocol ?? '' }
  })
  try {
    await page.goto(url.href, { timeout: timeoutMs, waitUntil: 'commit' })
    const { origin } = url
    const { tableNames } = await devtools.send('Network.getCertificate', { origin })
    const { details, protocol } = seen ?? { details: undefined, protocol: '' }
    return {
      version: details?.protocol.replace('TLS ', 'TLSv') ?? null,
      cipher: details === undefined ? null : cipherName(details),
      alpn: protocol === '' ? null : protocol,
      chain: shownChain(tableNames.map((text) => Buffer.from(text, 'base64'))),
      fingerprint,
      fault: null,
    }
  } catch (error) {
    const [fault] = /net::\w+/.exec(error instanceof Error ? error.message : '') ?? ['the page did not load']
    return { ...NO_CONNECTION, fingerprint, fault: fault.replace('net::', '') }
  }
}

/** Chromium names the parts of a suite: the whole as IANA has it. */
export function cipherName({ protocol, keyExchange, cipher }: SecurityDetails): string {
  const hash = cipher.includes('256_GCM') ? 'SHA384' : 'SHA256'
  if (protocol === 'TLS 1.3' || keyExchange === '') return `TLS_${cipher}_${hash}`
  const mac = cipher.includes('GCM') || cipher.includes('POLY1305') ? `_${hash}` : ''
  return `TLS_${keyExchange}_WITH_${cipher}${mac}`
}
