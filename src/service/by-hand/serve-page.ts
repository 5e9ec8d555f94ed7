import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { Page } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import { cannotListen } from '../cannot-listen.ts'
import type { HandOverOptions } from './hand-over.ts'
import { addPersonRoutes } from './person-routes.ts'
import { WaitingPages } from './waiting-pages.ts'

export interface ServePageOptions {
  /** The page that is shown. */
  readonly page: Page
  /** Where it is, for the audit trail. */
  readonly origin: string
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** Where the person's browser reaches it. Default: where it listens. */
  readonly publicUrl: URL | undefined
  readonly audit: HandOverOptions['audit']
  /** Ends it. */
  readonly signal: AbortSignal
}

export interface ServedPage {
  /** The link. A secret. */
  readonly url: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Resolves when the person is done. @throws OnejarError ONEJAR_CAPTCHA when they gave up or nobody came, or the signal's reason */
  readonly done: Promise<void>
  close(): Promise<void>
}

/**
 * Shows a page to a person by a link, from a server that does nothing else.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for an address that cannot be listened on, ONEJAR_AUDIT_FAILED
 */
export async function servePage(options: ServePageOptions): Promise<ServedPage> {
  const { page, origin, host, port, publicUrl, signal } = options
  const waiting = new WaitingPages((_key, state) => options.audit(state))
  const app = Fastify({ logger: false, forceCloseConnections: true })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((_error, _request, reply) => reply.code(400).send())
  app.setNotFoundHandler((_request, reply) => reply.code(404).send())
  addPersonRoutes(app, { waiting, publicUrl })
  const close = async () => {
    await app.close()
  }
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await close()
    throw new OnejarError('ONEJAR_BAD_OPTIONS', cannotListen(host, port, cause), { cause })
  }
  const key = { tenant: '', id: '', origin }
  const passed = new Promise<void>(() => {})
  const done = waiting.show(key, { page, signal, passed, endsWithLink: true })
  done.catch(() => {})
  try {
    const made = waiting.makeLink(key)
    const { port: bound } = app.server.address() as AddressInfo
    const base =
      publicUrl?.href.replace(/\/$/, '') ?? `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
    if (made === null)
      throw new OnejarError('ONEJAR_CLOSED', 'The page was given up before it could be shown')
    return { url: base + made.path, expiresAt: made.expiresAt, done, close }
  } catch (error) {
    await close()
    throw error
  }
}
