import { readFileWithin, whyOfFile } from '../core/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'

const MAX_TOKEN_BYTES = 4096
const MAX_TENANTS_BYTES = 4 * 1024 * 1024

/**
 * The token that callers have to show: what a file holds, or what the environment does; undefined for none.
 *
 * @throws CommandError when the file cannot be read, or holds nothing
 */
export function tokenFrom(file: string | undefined, given: string | undefined): string | undefined {
  if (file === undefined) return given || undefined
  const token = contentOf(file, MAX_TOKEN_BYTES)
  if (token === '') throw new CommandError(`The token file ${file} is empty`, EXIT.readFailed)
  return token
}

/**
 * The tokens that show one tenant each, from a file or the environment: JSON of the form `{ "TENANT": "TOKEN" }`, or a list of
 * tokens for a tenant.
 *
 * @throws CommandError when the file cannot be read, or does not have that form
 */
export function tenantTokensFrom(
  file: string | undefined,
  given: string | undefined,
): { readonly tenant: string; readonly token: string }[] {
  const text = file === undefined ? given : contentOf(file, MAX_TENANTS_BYTES)
  if (!text) return []
  const where = file === undefined ? 'ONEJAR_TENANT_TOKENS' : `The file ${file}`
  try {
    return tokensIn(JSON.parse(text))
  } catch (cause) {
    const what = `${where} has another form than { "TENANT": "TOKEN" }`
    // What JSON.parse says quotes the text.
    throw new CommandError(what, EXIT.badInput, cause instanceof SyntaxError ? {} : { cause })
  }
}

function tokensIn(parsed: unknown): { readonly tenant: string; readonly token: string }[] {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new TypeError('no object')
  return Object.entries(parsed).flatMap(([tenant, tokens]) =>
    [tokens].flat().map((token: unknown) => {
      if (typeof token !== 'string') throw new TypeError('no text')
      return { tenant, token }
    }),
  )
}

/** @throws CommandError */
function contentOf(file: string, maxBytes: number): string {
  try {
    return readFileWithin(file, { maxBytes }).toString().trim()
  } catch (cause) {
    throw new CommandError(`The token file ${file} cannot be read: ${whyOfFile(cause)}`, EXIT.readFailed, {
      cause,
    })
  }
}
