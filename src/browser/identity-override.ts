import { isDeepStrictEqual } from 'node:util'
import { acceptLanguageOf, languagesOf } from '../core/index.ts'
import type { Identity } from '../record/index.ts'

/** What pages show in place of the browser's own identity. */
export interface ShownIdentity {
  readonly identity: Identity
  readonly override: IdentityOverride
}

/** The parameters of `Emulation.setUserAgentOverride`. */
interface IdentityOverride {
  readonly userAgent: string
  readonly acceptLanguage: string
  readonly platform?: string
  readonly userAgentMetadata?: Readonly<Record<string, unknown>>
}

interface Brand {
  readonly brand: string
  readonly version: string
}

/** `navigator.platform` of the platforms that client hints name. */
const PLATFORMS: Readonly<Record<string, string>> = {
  Linux: 'Linux x86_64',
  Windows: 'Win32',
  macOS: 'MacIntel',
  Android: 'Linux armv81',
}

/**
 * The settings that make pages show the session's identity, in headers and to scripts; undefined where the browser
 * shows it by itself. An identity without client hints sends none, as over HTTP.
 *
 * @param own - what the browser shows by itself, as far as it is known
 */
export function shownIdentity(
  identity: Identity | undefined,
  own: Identity | undefined,
): ShownIdentity | undefined {
  if (identity === undefined || isDeepStrictEqual(identity, own)) return undefined
  const { userAgent, acceptLanguage, clientHints } = identity
  const metadata = metadataOf(clientHints)
  const platform = PLATFORMS[metadata?.platform ?? '']
  return {
    identity,
    override: {
      userAgent,
      acceptLanguage: languagesOf(acceptLanguage).join(','),
      ...(platform === undefined ? {} : { platform }),
      ...(metadata === undefined ? {} : { userAgentMetadata: metadata }),
    },
  }
}

/**
 * The headers of a document's request with the session's identity: a popup requests its first document before it can be configured
 * what to show.
 */
export function shownHeaders(
  headers: Readonly<Record<string, string>>,
  { acceptLanguage, clientHints }: Identity,
): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (lower === 'accept-language') continue
    if (!lower.startsWith('sec-ch-ua')) shown[name] = value
    else if (clientHints[lower] !== undefined) shown[name] = clientHints[lower]
  }
  return { ...shown, 'Accept-Language': acceptLanguageOf(languagesOf(acceptLanguage)) }
}

function metadataOf(hints: Identity['clientHints']) {
  const brands = brandsOf(hints['sec-ch-ua'])
  if (brands === undefined) return undefined
  const full = brandsOf(hints['sec-ch-ua-full-version-list'])
  return {
    brands,
    ...(full === undefined ? {} : { fullVersionList: full }),
    platform: textOf(hints['sec-ch-ua-platform']),
    platformVersion: textOf(hints['sec-ch-ua-platform-version']),
    architecture: textOf(hints['sec-ch-ua-arch']),
    bitness: textOf(hints['sec-ch-ua-bitness']),
    model: textOf(hints['sec-ch-ua-model']),
    mobile: hints['sec-ch-ua-mobile'] === '?1',
  }
}

/** `"Chromium";v="156", "Not:A-Brand";v="8"`; undefined where it is none (RFC 8941, a list of strings with a parameter). */
function brandsOf(list: string | undefined): Brand[] | undefined {
  if (list === undefined) return undefined
  const found = [...list.matchAll(/"((?:[^"\\]|\\.)*)";v="([^"]*)"/g)]
  return found.map(([, brand = '', version = '']) => ({ brand: brand.replace(/\\(.)/g, '$1'), version }))
}

function textOf(hint: string | undefined): string {
  return hint === undefined ? '' : hint.replace(/^"|"$/g, '')
}
