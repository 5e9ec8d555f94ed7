import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { type Clock, OnejarError, parseOptions, systemClock, whyOfFile } from '../core/index.ts'
import { askForKeys, keysRefreshSchema, keysSchema } from './asked-keys.ts'
import type { Backend, Limits } from './backend.ts'
import { createPlainSealer, createSealer, type Sealer } from './encryption.ts'
import { EntryStore } from './entry-store.ts'
import { openKeyFile, readGivenKeys, readKeyText } from './key-file.ts'
import { deriveKey, type KeyRing, parseKeyRing } from './key-ring.ts'
import { isOutage, LateStore } from './late-store.ts'
import { LiveKeys } from './live-keys.ts'
import { MemoryBackend, MemorySpace } from './memory-backend.ts'
import { openNameKey } from './name-key.ts'
import type { Store, StoreProblem } from './port.ts'
import { isStoreProvider, openProvided, providerOfModule, type StoreProvider } from './provider.ts'
import { DEFAULT_LIMITS } from './retention.ts'
import type { StoreOptions } from './store-options.ts'
import { type StorePlace, storePlace } from './store-place.ts'

export type { StoreOptions } from './store-options.ts'

const DEFAULT_TIMEOUT_MS = 5_000
const positive = z.number().int().positive()

/** A store that is brought along. */
export const storeProviderSchema = z.custom<StoreProvider>(
  isStoreProvider,
  'expected the name of a store, options, or a store of your own with an open() method',
)

/** Options of `openStore`. */
export const storeOptionsSchema = z.strictObject({
  target: z.union([z.string().min(1), storeProviderSchema]).optional(),
  keys: keysSchema.optional(),
  keysRefreshMs: keysRefreshSchema.default(60_000),
  encryption: z.enum(['on', 'off']).default('on'),
  whenAway: z.enum(['work-in-memory', 'refuse']).default('work-in-memory'),
  onDamage: z.enum(['drop-entry', 'start-afresh']).default('drop-entry'),
  timeoutMs: positive.default(DEFAULT_TIMEOUT_MS),
  retentionFloorMs: positive.default(DEFAULT_LIMITS.retentionFloorMs),
  retentionCeilingMs: positive.default(DEFAULT_LIMITS.retentionCeilingMs),
  tombstoneMs: positive.default(DEFAULT_LIMITS.tombstoneMs),
  maxSessionBytes: positive.default(DEFAULT_LIMITS.maxSessionBytes),
  durability: z.enum(['process', 'power']).default('process'),
  maxFileBytes: positive.nullable().default(null),
  keyPrefix: z
    .string()
    .regex(/^[\w:.-]{1,64}$/)
    .default('onejar'),
  username: z.string().optional(),
  password: z.string().optional(),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      servername: z.string().optional(),
      rejectUnauthorized: z.boolean().optional(),
    })
    .optional(),
})

/** What `openBroker({ store })` takes. */
export type StoreSource = string | StoreProvider | StoreOptions

export type ParsedStoreOptions = z.output<typeof storeOptionsSchema>

/** What a store works with beside its options. */
export interface StoreDependencies {
  readonly clock?: Clock
  /** Called once for each thing in the store that cannot be used. */
  readonly onProblem?: (problem: StoreProblem) => void
  /**
   * Called when a Redis store is away at the start and `whenAway` says to go on without: its calls fail until it is there.
   * Default: `openStore` rejects.
   */
  readonly onAway?: (error: OnejarError) => void
  /** Called when such a store is there at last and cannot be used all the same: once for each reason. */
  readonly onRefused?: (error: OnejarError) => void
  /**
   * How what other keys have sealed is taken. `report`: it counts as absent. `refuse-store`: a store in which these keys can read
   * nothing is not opened, and nothing of them gets into it. `refuse`: nor is a session loaded that they cannot read in full.
   * Default: `report`.
   */
  readonly unreadable?: Unreadable | undefined
  /** Called when keys cannot be asked for again, or are none: once for each reason. The store goes on with those it has. */
  readonly onKeysFailed?: (error: OnejarError) => void
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** How what other keys have sealed is taken; `StoreDependencies` says what each does. */
export type Unreadable = 'report' | 'refuse-store' | 'refuse'

interface KeySource {
  readonly ring: KeyRing
  /** Gives the ring as it is now; absent when it stays. */
  readonly ask?: () => Promise<KeyRing>
  /** The key file that it comes from when nobody gave keys. */
  readonly file: string | null
  /** Whether other machines may use the store, which do not have that file. */
  readonly shared: boolean
}

/**
 * Opens a store.
 *
 * @param target - see `StoreOptions.target`; default: the file `onejar.db` in the home of Onejar (`storeHome`)
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT
 */
export async function openStore(
  target: StoreSource = {},
  dependencies: StoreDependencies = {},
): Promise<Store> {
  const options = parseOptions(storeOptionsSchema, storeOptionsOf(target), 'openStore()')
  const env = dependencies.env ?? process.env
  const clock = dependencies.clock ?? systemClock
  const where = options.target ?? join(storeHome(env), 'onejar.db')
  const { onProblem, unreadable } = dependencies
  const common = { limits: options, onDamage: options.onDamage, onProblem, whole: unreadable === 'refuse' }
  const place = placeOf(where)
  // Keys that are none are a mistake, also where nothing is sealed with them.
  if (options.keys !== undefined && typeof options.keys !== 'function')
    parseKeyRing(options.keys, 'The option keys')
  if (place.kind === 'memory') {
    const backend = new MemoryBackend(new MemorySpace(), options, clock)
    return new EntryStore({ ...common, backend, sealer: createPlainSealer() })
  }
  const file = place.kind === 'file' ? place.path : null
  const keysOf = async () => (options.encryption === 'off' ? null : askedOr(options, env, file))
  // Before the server is asked: keys that are none are refused at once, also when it is away.
  const early = file === null ? await keysOf() : null
  const open = async (): Promise<Store> => {
    const backend = await openBackend(place, options, clock)
    try {
      const source = file === null ? early : await keysOf()
      if (source === null) return new EntryStore({ ...common, backend, sealer: createPlainSealer() })
      const { sealer, keys } = await openSealer(backend, source, clock, options, dependencies)
      return new EntryStore({ ...common, backend, sealer, keys })
    } catch (error) {
      await backend.close()
      throw error
    }
  }
  try {
    return await open()
  } catch (error) {
    const { onAway, onRefused } = dependencies
    if (!onAway || options.whenAway === 'refuse' || !isOutage(error)) throw error
    onAway(error)
    return new LateStore(open, (refusal) => onRefused?.(refusal))
  }
}

/**
 * The keys of a function, as texts; anything else as it is.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_BAD_OPTIONS
 */
export async function currentKeys(
  keys: z.output<typeof keysSchema> | undefined,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<string | string[] | undefined> {
  if (typeof keys !== 'function') return keys
  return (await askForKeys(keys, timeoutMs)).map(({ secret }) => secret.toString('base64url'))
}

/** A key for one purpose, and its identifier among those of other rings. */
export interface PurposeKey {
  readonly id: string
  readonly secret: Uint8Array
}

/**
 * Keys for another purpose than the store's, one for each key of the ring that a store with these options is sealed with,
 * newest first. None where there is no ring: a store in memory, or one without encryption, for which no keys are given.
 *
 * @param target - its keys may not be a function: who has one asks it first (`currentKeys`)
 * @param make - whether a key file that is not there is made
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE
 */
export function purposeKeys(
  target: StoreSource,
  purpose: string,
  make: boolean,
  env: Readonly<Record<string, string | undefined>> = process.env,
): PurposeKey[] {
  const options = parseOptions(storeOptionsSchema, storeOptionsOf(target), 'openStore()')
  const where = options.target ?? join(storeHome(env), 'onejar.db')
  const place = placeOf(where)
  const unsealed = place.kind === 'memory' || options.encryption === 'off'
  const known = options.keys !== undefined || Boolean(env['ONEJAR_KEYS'] || env['ONEJAR_KEYS_FILE'])
  if (unsealed && !known) return []
  const database = unsealed || place.kind !== 'file' ? null : place.path
  const file = keyFileFor(database, env)
  if (!known && !make && !existsSync(file)) return []
  const { ring } = findKeys(options, env, database)
  return ring.map(({ id, secret }) => ({ id: id.toString('hex'), secret: deriveKey(secret, purpose) }))
}

function keyFileFor(database: string | null, env: Readonly<Record<string, string | undefined>>): string {
  return database === null ? join(storeHome(env), 'onejar.key') : `${database}.key`
}

/** The folder of the default store: `$ONEJAR_HOME`, or `onejar` in `$XDG_STATE_HOME` (default `~/.local/state`). */
export function storeHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env['ONEJAR_HOME']) return resolve(env['ONEJAR_HOME'])
  const state = env['XDG_STATE_HOME']
  return join(
    state && isAbsolute(state) ? state : join(env['HOME'] || homedir(), '.local', 'state'),
    'onejar',
  )
}

/** What names a store, as options. */
export function storeOptionsOf(source: StoreSource): StoreOptions {
  return typeof source === 'string' || isStoreProvider(source) ? { target: source } : source
}

/** Whether the processes on such a store can send each other what it does not keep, sealed. */
export function carriesMessages(source: StoreSource): boolean {
  const { target, encryption = 'on' } = storeOptionsOf(source)
  return typeof target === 'string' && storePlace(target).kind === 'redis' && encryption === 'on'
}

type Place =
  | Exclude<StorePlace, { kind: 'module' }>
  | { readonly kind: 'provided'; readonly provider: StoreProvider }

function placeOf(target: string | StoreProvider): Place {
  if (typeof target !== 'string') return { kind: 'provided', provider: target }
  const place = storePlace(target)
  return place.kind === 'module' ? { kind: 'provided', provider: providerOfModule(place.path) } : place
}

function openBackend(
  place: Exclude<Place, { kind: 'memory' }>,
  options: ParsedStoreOptions,
  clock: Clock,
): Promise<Backend> {
  if (place.kind === 'redis') return openRedis(place.url, options, clock)
  if (place.kind === 'file') return openFile(place.path, options, clock)
  const { timeoutMs, keyPrefix } = options
  return openProvided(place.provider, { limits: limitsOf(options), clock, timeoutMs, keyPrefix })
}

function limitsOf(options: Limits): Limits {
  const { retentionFloorMs, retentionCeilingMs, tombstoneMs, maxSessionBytes } = options
  return { retentionFloorMs, retentionCeilingMs, tombstoneMs, maxSessionBytes }
}

async function openFile(path: string, options: ParsedStoreOptions, clock: Clock): Promise<Backend> {
  const { SqliteBackend } = await import('./sqlite/sqlite-backend.ts')
  return SqliteBackend.open(path, options, options, clock)
}

async function openRedis(url: string, options: ParsedStoreOptions, clock: Clock): Promise<Backend> {
  const { RedisBackend } = await import('./redis/redis-backend.ts')
  return RedisBackend.open(url, options, options, clock)
}

async function askedOr(
  options: ParsedStoreOptions,
  env: Readonly<Record<string, string | undefined>>,
  database: string | null,
): Promise<KeySource> {
  const { keys, timeoutMs } = options
  if (typeof keys !== 'function') return findKeys(options, env, database)
  const ask = () => askForKeys(keys, timeoutMs)
  return { ring: await ask(), ask, file: null, shared: database === null }
}

function findKeys(
  options: ParsedStoreOptions,
  env: Readonly<Record<string, string | undefined>>,
  database: string | null,
): KeySource {
  const shared = database === null
  if (typeof options.keys === 'function')
    throw new OnejarError('ONEJAR_BAD_OPTIONS', 'keys: a function cannot be asked here')
  if (options.keys !== undefined)
    return { ring: parseKeyRing(options.keys, 'The option keys'), file: null, shared }
  const { ONEJAR_KEYS: given, ONEJAR_KEYS_FILE: named } = env
  if (given && named)
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'ONEJAR_KEYS and ONEJAR_KEYS_FILE are both set: set one of them',
    )
  if (given) return { ring: parseKeyRing(given, 'ONEJAR_KEYS'), file: null, shared }
  if (named) {
    const path = resolve(named)
    return { ring: readGivenKeys(path), ask: async () => readGivenKeys(path), file: null, shared }
  }
  const file = keyFileFor(database, env)
  // A file that has gone is not made again: the store is sealed with the keys that were in it.
  const ask = async () => parseKeyRing(readAgain(file), `The key file ${file}`)
  return { ring: openKeyFile(file), ask, file, shared }
}

function readAgain(file: string): string {
  try {
    return readKeyText(file)
  } catch (error) {
    const why = `The key file ${file} cannot be read again: ${whyOfFile(error)}`
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', why, { details: { path: file } })
  }
}

async function openSealer(
  backend: Backend,
  source: KeySource,
  clock: Clock,
  { keysRefreshMs }: ParsedStoreOptions,
  { onProblem, onKeysFailed, unreadable = 'report' }: StoreDependencies,
): Promise<{ readonly sealer: Sealer; readonly keys: LiveKeys }> {
  const nameKey = await openNameKey(backend, source.ring, clock.now(), () => {
    if (source.shared && source.file !== null) {
      throw new OnejarError(
        'ONEJAR_BAD_OPTIONS',
        `The store is shared with processes that have other keys than the key file ${source.file}: set keys or ONEJAR_KEYS`,
      )
    }
    if (unreadable !== 'report') {
      throw new OnejarError(
        'ONEJAR_STORE_CORRUPT',
        'The store is sealed with other keys than the ones given, and was left as it is: give the keys that it was sealed with',
      )
    }
    onProblem?.({ reason: 'unknown-key', payloadHash: '', session: '', stack: '' })
  })
  const keys = new LiveKeys({
    ring: source.ring,
    ask: source.ask,
    refreshMs: keysRefreshMs,
    onFailed: onKeysFailed,
    async adopt(ring) {
      // From here on the store can be opened with the new key alone.
      const refuse = () => {
        throw strangeKeys()
      }
      const names = await openNameKey(backend, ring, clock.now(), refuse, nameKey)
      if (!names.equals(nameKey)) throw strangeKeys()
    },
  })
  return { sealer: createSealer(keys, nameKey), keys }
}

function strangeKeys(): OnejarError {
  return new OnejarError(
    'ONEJAR_BAD_OPTIONS',
    'The keys have been replaced by others that the store does not know: keep an older one behind the new one',
  )
}
