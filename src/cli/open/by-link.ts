import { type Broker, brokerInternalsOf, type Session } from '../../client/index.ts'
import { isLoopback, isOnejarError } from '../../core/index.ts'
import { servePage } from '../../service/index.ts'
import type { CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import type { PageOfPerson } from './page-of-person.ts'

export interface LinkFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'public-url'?: string | undefined
  readonly json?: boolean | undefined
  readonly silent?: boolean | undefined
}

/**
 * Shows a page to a person by a one-time link, which is printed, until they are done.
 *
 * @returns why nobody was, for after the session is kept; null where somebody was, or the command was asked to end
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_AUDIT_FAILED
 */
export async function showByLink(
  { page, closed }: PageOfPerson,
  { broker, session, url }: { readonly broker: Broker; readonly session: Session; readonly url: URL },
  flags: LinkFlags,
  { stdout, messages, signal }: CommandContext,
): Promise<CommandError | null> {
  const { host = '127.0.0.1', 'public-url': publicUrl } = flags
  const over = new AbortController()
  const end = () => over.abort()
  signal.addEventListener('abort', end, { once: true })
  void closed.then(end)
  const served = await servePage({
    page,
    origin: url.origin,
    host,
    port: wholeNumber(flags.port ?? '0', '--port', 0, 65_535),
    publicUrl: publicUrl === undefined ? undefined : new URL(publicUrl),
    audit: (state) => brokerInternalsOf(broker).handedOver(session.id, session.tenant, url.origin, state),
    signal: over.signal,
  })
  try {
    const made = { url: served.url, expiresAt: served.expiresAt }
    await stdout.write(`${flags.json ? printableJson(made, 0) : served.url}\n`)
    if (!flags.silent) {
      messages.say('onejar: whoever opens the link first can act in this session; it is good for ten minutes')
      if (!isLoopback(host) && publicUrl === undefined)
        messages.say(
          'onejar: what is typed there is not encrypted on its way: give --public-url a proxy with TLS',
        )
    }
    await served.done
    return null
  } catch (error) {
    if (over.signal.aborted) return null
    if (!isOnejarError(error, 'ONEJAR_CAPTCHA')) throw error
    return new CommandError(
      'Nobody pressed Done within ten minutes, or whoever opened the link gave up',
      EXIT.timeout,
    )
  } finally {
    signal.removeEventListener('abort', end)
    await served.close()
  }
}
