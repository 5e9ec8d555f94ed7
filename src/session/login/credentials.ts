import { open } from 'node:fs/promises'
import { z } from 'zod'
import { OnejarError, Secret } from '../../core/index.ts'

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
      const all = await readCredentialFile(path)
      const found = Object.hasOwn(all, name) ? all[name] : undefined
      return found ? { username: new Secret(found.username), password: new Secret(found.password) } : null
    },
  }
}

async function readCredentialFile(path: string): Promise<z.output<typeof fileSchema>> {
  const file = await open(path, 'r').catch((error: { readonly code?: string }) => {
    throw unusable(path, `it cannot be opened (${error.code ?? 'unknown'})`)
  })
  try {
    // Asked of what is open: a path could be another file by now.
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw unusable(
        path,
        `others may read or write it (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
      )
    }
    if (size > MAX_FILE_BYTES) throw unusable(path, `it is larger than ${MAX_FILE_BYTES} bytes`)
    const parsed = fileSchema.safeParse(parseJson(await file.readFile('utf8')))
    // What zod and JSON.parse say quotes the file.
    if (!parsed.success) throw unusable(path, 'it is not of the form { name: { username, password } }')
    return parsed.data
  } finally {
    await file.close()
  }
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
