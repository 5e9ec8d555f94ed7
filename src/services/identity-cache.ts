import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type BrowserHost, type BrowserOptions, findBrowser } from '../browser/index.ts'
import {
  isOnejarError,
  makeFolder,
  type OnejarError,
  readFileWithin,
  writePrivateFile,
} from '../core/index.ts'
import type { Identity } from '../record/index.ts'
import { storeHome } from '../store/index.ts'

const MAX_FILE_BYTES = 64 * 1024

const fileSchema = z.strictObject({
  browser: z.string(),
  identity: z.strictObject({
    userAgent: z.string(),
    clientHints: z.record(z.string(), z.string()),
    acceptLanguage: z.string(),
  }),
})

/**
 * What the browser shows of itself, asked of it once per installed version and remembered beside the store, so that
 * plain HTTP work does not start a browser. It holds nothing of any session.
 */
export class IdentityCache {
  readonly #options: BrowserOptions
  readonly #host: BrowserHost
  /** False where nothing may be left on the disk. */
  readonly #onDisk: boolean
  readonly #onMissing: (error: OnejarError) => void
  #known: Promise<Identity | null> | undefined
  #missing = false

  /** @param onMissing - called once when there is no browser to ask */
  constructor(
    options: BrowserOptions,
    host: BrowserHost,
    onDisk: boolean,
    onMissing: (error: OnejarError) => void,
  ) {
    this.#onMissing = onMissing
    this.#options = options
    this.#host = host
    this.#onDisk = onDisk
  }

  /** The identity; null where there is no browser: then nothing of one is shown. */
  get(): Promise<Identity | null> {
    this.#known ??= this.#find().catch((error) => {
      this.#known = undefined
      if (isOnejarError(error, 'ONEJAR_BROWSER_NOT_FOUND')) {
        if (!this.#missing) this.#onMissing(error)
        this.#missing = true
        return null
      }
      throw error
    })
    return this.#known
  }

  async #find(): Promise<Identity> {
    const browser = this.#onDisk ? await this.#fingerprint() : null
    const file = join(storeHome(), 'identity.json')
    if (browser !== null) {
      const held = read(file)
      if (held?.browser === browser) return held.identity
    }
    const identity = await this.#host.identity()
    if (browser !== null) save(file, { browser, identity })
    return identity
  }

  /** The browser's version, as far as its file shows without starting it. Null when unknown. */
  async #fingerprint(): Promise<string | null> {
    const {
      executablePath,
      channel,
      userDataDir,
      cdpEndpoint,
      endpoint,
      headless = true,
      args = [],
    } = this.#options
    // A profile may have languages of its own.
    if ([cdpEndpoint, endpoint, channel, userDataDir].some((one) => one !== undefined)) return null
    const found = await findBrowser({ executablePath })
    if (!found) return null
    const { mtimeMs, size } = await stat(found.executablePath)
    // A wrapper script keeps its date when the browser behind it is upgraded, so the answer is asked for again daily.
    const day = Math.floor(Date.now() / 86_400_000)
    return JSON.stringify([found.executablePath, mtimeMs, size, headless, args, day])
  }
}

/** What is remembered; null when it cannot be read. */
function read(file: string): z.output<typeof fileSchema> | null {
  try {
    const text = readFileWithin(file, { maxBytes: MAX_FILE_BYTES }).toString()
    return fileSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** What cannot be kept is asked of the browser again the next time. */
function save(file: string, content: z.input<typeof fileSchema>): void {
  try {
    makeFolder(storeHome(), 0o700)
    writePrivateFile(file, JSON.stringify(content))
  } catch {}
}
