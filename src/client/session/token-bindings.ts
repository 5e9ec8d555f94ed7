import { z } from 'zod'
import { copyHttpUrl, OnejarError, parseOptions } from '../../core/index.ts'
import { siteOfText, type TokenBinding } from '../../record/index.ts'
import type { TokenBindings } from '../../routing/index.ts'
import { assertKeepable } from '../input/assert-keepable.ts'
import { Input } from '../input/input.ts'

/** A token binding as it is declared by hand: which header takes its value from where. */
export interface TokenBindingInput {
  /** The only origin that the header is sent to. */
  readonly origin: string | URL
  /** The name of the header, in any case: `authorization`. */
  readonly header: string
  /** The header's value, with `{}` where the token goes: `Bearer {}`. Default: `{}`. */
  readonly template?: string
  /** Whether the token goes in as it is kept (`raw`) or percent-decoded. Default: `raw`. */
  readonly transform?: 'raw' | 'decoded'
  /**
   * A cookie, an item of localStorage or sessionStorage (or, with `path`, a member of the JSON or of the `name=value` pairs
   * in it), or a meta element. `origin` is whose: default that of `page`.
   */
  readonly source:
    | { readonly cookie: string; readonly path?: readonly string[] }
    | { readonly local: string; readonly origin?: string; readonly path?: readonly string[] }
    | { readonly session: string; readonly origin?: string; readonly path?: readonly string[] }
    | { readonly meta: string; readonly origin?: string }
  /** The page that is opened to renew the token, and whose cookies are meant. Default: the root of `origin`. */
  readonly page?: string | URL
}

const url = z.union([z.string(), z.custom<URL>((value) => value instanceof URL, 'expected a URL')])
const path = z.array(z.string()).max(64).optional()
const schema = z.strictObject({
  origin: url,
  header: z.string().regex(/^[!#$%&'*+\-.^_`|~\w]+$/, 'expected a header name'),
  template: z
    .string()
    .max(1024)
    .regex(/^[\t\x20-\x7e]*$/, 'expected a header value')
    .refine((text) => text.split('{}').length === 2, 'expected {} once')
    .default('{}'),
  transform: z.enum(['raw', 'decoded']).default('raw'),
  source: z.union([
    z.strictObject({ cookie: z.string(), path }),
    z.strictObject({ local: z.string(), origin: z.string().optional(), path }),
    z.strictObject({ session: z.string(), origin: z.string().optional(), path }),
    z.strictObject({ meta: z.string(), origin: z.string().optional() }),
  ]),
  page: url.optional(),
})

const REMOVE = new Input('bindings.remove()')

/** Headers that belong to the connection or to the record. */
const FORBIDDEN = /^(?:connection|content-length|cookie|expect|host|keep-alive|te|transfer-encoding|upgrade)$/

/**
 * The token bindings of a session: which request header takes its value from which cookie, storage item or meta element.
 * They are learned from what open pages send, and can be declared. The values are not kept here: they are looked up when a
 * request is sent.
 *
 * @example
 * ```ts
 * await session.localStorage('https://example.com').set('auth', '{"token":"t0k3n"}')
 * session.tokenBindings.add({
 *   origin: 'https://example.com',
 *   header: 'authorization',
 *   template: 'Bearer {}',
 *   source: { local: 'auth', path: ['token'] },
 * })
 * await session.fetch('https://example.com/api/orders') // authorization: Bearer t0k3n
 * ```
 */
export class SessionTokenBindings {
  readonly #bindings: TokenBindings
  readonly #writable: () => void

  constructor(bindings: TokenBindings, writable: () => void) {
    this.#bindings = bindings
    this.#writable = writable
  }

  /**
   * The bindings whose headers requests get, in no order. They hold no values.
   *
   * @param initiator - a page that makes the requests (as in `context.initiator`): what its site taught. Default: none
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   * @example
   * ```ts
   * const learned = session.tokenBindings.list('https://example.com/').filter((binding) => binding.learned)
   * ```
   */
  list(initiator?: string | URL): TokenBinding[] {
    this.#writable()
    const requester =
      initiator === undefined ? 'user' : { site: siteOfText(copyHttpUrl(initiator).origin) ?? '' }
    return this.#bindings.list(requester).map(({ since: _, ...binding }) => binding)
  }

  /**
   * Declares a binding. It replaces the one for this origin and header, and what pages send does not change it.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also for headers such as `cookie` and `host`), ONEJAR_BAD_URL, ONEJAR_BAD_INPUT,
   * ONEJAR_CLOSED
   * @example
   * ```ts
   * session.tokenBindings.add({ origin: 'https://example.com', header: 'x-csrf-token', source: { cookie: 'csrf' } })
   * ```
   */
  add(input: TokenBindingInput): TokenBinding {
    this.#writable()
    const { header, template, transform, source, ...given } = parseOptions(schema, input, 'bindings.add()')
    const name = header.toLowerCase()
    if (FORBIDDEN.test(name)) {
      throw new OnejarError('ONEJAR_BAD_OPTIONS', `tokenBindings.add(): header: ${name} cannot be bound`)
    }
    const { origin } = copyHttpUrl(given.origin)
    const page = copyHttpUrl(given.page ?? origin)
    const binding: TokenBinding = {
      origin,
      header: name,
      template,
      transform,
      page: page.origin + page.pathname,
      source: sourceOf(source, page.origin),
      learned: false,
    }
    assertKeepable({ kind: 'binding', id: '', value: binding }, 'bindings.add()')
    this.#bindings.put(binding)
    return binding
  }

  /**
   * Removes the binding of an origin and header. It is not learned again while the session is open.
   *
   * @returns false when there was none
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * session.tokenBindings.remove('https://example.com', 'x-csrf-token')
   * ```
   */
  remove(origin: string | URL, header: string): boolean {
    this.#writable()
    const name = REMOVE.text(header, 'header').toLowerCase()
    return this.#bindings.remove(REMOVE.url(origin).origin, name)
  }
}

function sourceOf(source: z.output<typeof schema>['source'], pageOrigin: string): TokenBinding['source'] {
  const path = 'path' in source ? (source.path ?? []) : []
  if ('cookie' in source) return { kind: 'cookie', name: source.cookie, path }
  const origin = source.origin === undefined ? pageOrigin : copyHttpUrl(source.origin).origin
  if ('meta' in source) return { kind: 'meta', origin, name: source.meta }
  if ('local' in source) return { kind: 'local', origin, key: source.local, path }
  return { kind: 'session', origin, key: source.session, path }
}
