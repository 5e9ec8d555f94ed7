import { z } from 'zod'
import { FileRefusal, OnejarError, readFileWithin, Secret, whyOfFile } from '../../core/index.ts'

/** What it takes to log in. Neither of them gets into a log, an error or JSON by itself: `reveal()` gives the text. */
export interface Credential {
  readonly username: Secret
  readonly password: Secret
}

/** Where credentials come from. */
export interface CredentialProvider {
  /**
   * @param name - whose: a session's id, unless the hook asks for another one
   * @returns null when there is none of that name
   */
  get(name: string, signal?: AbortSignal): Promise<Credential | null>
}

const MAX_FILE_BYTES = 1024 * 1024

const text = z.string().min(1).max(4_096)
const fileSchema = z.record(z.string().min(1).max(1_024), z.strictObject({ username: text, password: text }))

/**
 * `ONEJAR_CRED_<NAME>_USERNAME` and `ONEJAR_CRED_<NAME>_PASSWORD`, where NAME is in capitals, and what is neither a letter nor
 * a digit is `_`.
 */
export function environmentCredentials(
  env: Readonly<Record<string, string | undefined>> = process.env,
): CredentialProvider {
  return {
    async get(name) {
      const prefix = `ONEJAR_CRED_${name.toUpperCase().replace(/[^A-Z\d]/g, '_')}`
      const [username, password] = [env[`${prefix}_USERNAME`], env[`${prefix}_PASSWORD`]]
      return username && password ? { username: new Secret(username), password: new Secret(password) } : null
    },
  }
}

/**
 * A JSON file, `{ "<name>": { "username": "…", "password": "…" } }`, that nobody but its owner may read (mode 0600 or less).
 * It is read at each use, so that it may change.
 *
 * @throws OnejarError (from `get`) ONEJAR_CREDENTIALS_UNUSABLE
 */
export function fileCredentials(path: string): CredentialProvider {
  return {
    async get(name) {
      const all = readCredentialFile(path)
      const found = Object.hasOwn(all, name) ? all[name] : undefined
      return found ? { username: new Secret(found.username), password: new Secret(found.password) } : null
    },
  }
}

function readCredentialFile(path: string): z.output<typeof fileSchema> {
  let content: string
  try {
    content = readFileWithin(path, { maxBytes: MAX_FILE_BYTES, ifOpenToOthers: 'refuse' }).toString()
  } catch (error) {
    const why = whyOfFile(error)
    throw unusable(path, error instanceof FileRefusal ? why : `it cannot be opened (${why})`)
  }
  const parsed = fileSchema.safeParse(parseJson(content))
  // What zod and JSON.parse say quotes the file.
  if (!parsed.success) throw unusable(path, 'it is not of the form { name: { username, password } }')
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
