import { z } from 'zod'
import { FileRefusal, OnejarError, readFileWithin, whyOfFile } from '../core/index.ts'
import {
  type CredentialProvider,
  credentialOf,
  credentialText,
  DEFAULT_TENANT,
} from '../credentials/index.ts'

const MAX_FILE_BYTES = 1024 * 1024

const byName = z.record(
  z.string().min(1).max(1_024),
  z.strictObject({ username: credentialText, password: credentialText }),
)
const fileSchema = z.union([
  byName.transform((names): ByTenant => ({ tenants: { [DEFAULT_TENANT]: names } })),
  z.strictObject({ tenants: z.record(z.string().min(1).max(1_024), byName) }),
])
interface ByTenant {
  readonly tenants: Readonly<Record<string, z.output<typeof byName>>>
}

/**
 * `ONEJAR_CRED_<NAME>_USERNAME` and `ONEJAR_CRED_<NAME>_PASSWORD`; for another tenant than `default`
 * `ONEJAR_CRED_<NAME>_at_<TENANT>_…`. Letters from a to z are in capitals, digits stay, and every other byte of the UTF-8 is
 * `_x` and two digits of its hex number: `alice-1` is `ALICE_x2d1`, `alice_1` is `ALICE_x5f1`. No two names are the same
 * variable.
 *
 * @throws OnejarError (from `get`) ONEJAR_CREDENTIALS_UNUSABLE when there is only a variable that several names would have
 * (`ALICE_1`); the message says how it has to be called
 */
export function environmentCredentials(
  env: Readonly<Record<string, string | undefined>> = process.env,
): CredentialProvider {
  const read = (prefix: string) => {
    const [username, password] = [env[`${prefix}_USERNAME`], env[`${prefix}_PASSWORD`]]
    return username && password ? { username, password } : null
  }
  return {
    async get(name, _signal, tenant = DEFAULT_TENANT) {
      const prefix = variableOf(name, tenant)
      const found = read(prefix)
      if (found !== null) return credentialOf(found)
      const shared = `ONEJAR_CRED_${name.toUpperCase().replace(/[^A-Z\d]/g, '_')}`
      if (tenant !== DEFAULT_TENANT || shared === prefix || read(shared) === null) return null
      throw new OnejarError(
        'ONEJAR_CREDENTIALS_UNUSABLE',
        `Several names would have the variable ${shared}_USERNAME: for this one call it ${prefix}_USERNAME, and ${prefix}_PASSWORD`,
      )
    },
  }
}

/**
 * A JSON file that nobody but its owner may read (mode 0600 or less): `{ "<name>": { "username": "…", "password": "…" } }`, for
 * the tenant `default`, or `{ "tenants": { "<tenant>": { "<name>": … } } }`. It is read at each use, so that it may change.
 *
 * @throws OnejarError (from `get`) ONEJAR_CREDENTIALS_UNUSABLE
 */
export function fileCredentials(path: string): CredentialProvider {
  return {
    async get(name, _signal, tenant = DEFAULT_TENANT) {
      const { tenants } = readCredentialFile(path)
      const names = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined
      const found = names !== undefined && Object.hasOwn(names, name) ? names[name] : undefined
      return found ? credentialOf(found) : null
    },
  }
}

/** The variable of a name, without `_USERNAME`. Its small letters keep it apart from every other one. */
function variableOf(name: string, tenant: string): string {
  const whose = tenant === DEFAULT_TENANT ? '' : `_at_${variableWord(tenant)}`
  return `ONEJAR_CRED_${variableWord(name)}${whose}`
}

function variableWord(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[a-z\d]/.test(char) ? char.toUpperCase() : `_x${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

function readCredentialFile(path: string): ByTenant {
  let content: string
  try {
    content = readFileWithin(path, { maxBytes: MAX_FILE_BYTES, ifOpenToOthers: 'refuse' }).toString()
  } catch (error) {
    const why = whyOfFile(error)
    throw unusable(path, error instanceof FileRefusal ? why : `it cannot be opened (${why})`)
  }
  const parsed = fileSchema.safeParse(parseJson(content))
  // What zod and JSON.parse say quotes the file.
  if (!parsed.success)
    throw unusable(
      path,
      'it is not of the form { name: { username, password } }, nor { tenants: { tenant: { name: … } } }',
    )
  return parsed.data
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function unusable(path: string, why: string): OnejarError {
  return new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', `The credential file ${path} cannot be used: ${why}`)
}
