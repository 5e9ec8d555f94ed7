import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { growingPause, OnejarError, redisPassword } from '../../core/index.ts'
import { isRefusal } from './redis-refusal.ts'
import { REDIS_SCRIPTS, type RedisScriptName } from './redis-scripts.ts'

/** What a Redis store needs to know beside its URL. */
export interface RedisStoreOptions {
  readonly keyPrefix: string
  readonly timeoutMs: number
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls?:
    | {
        readonly ca?: string | undefined
        readonly cert?: string | undefined
        readonly key?: string | undefined
        readonly servername?: string | undefined
        readonly rejectUnauthorized?: boolean | undefined
      }
    | undefined
}

type ScriptArguments = readonly (string | number | Uint8Array)[]
type ScriptCall = (args: ScriptArguments) => Promise<unknown>

const RECONNECT_PAUSE = { firstMs: 50, longestMs: 1000, spread: 0.25 }
/** How often a server is asked that is reading its data. */
const LOADING_PAUSE_MS = 50
/** What the client says of itself; why it is so, if anybody knows, another error says. */
const CLIENT_TALK =
  /^(?:Connection is closed|Reached the max retries|Stream isn't writeable|None of startup nodes|Failed to refresh)/

/** A connection to one server or to a cluster. It comes back by itself; calls meanwhile fail after `timeoutMs`. */
export class RedisConnection {
  readonly client: Redis | Cluster
  readonly isCluster: boolean
  readonly #timeoutMs: number
  readonly #where: string
  #lastError: unknown
  #comingBack: Promise<void> | undefined

  private constructor(client: Redis | Cluster, where: string, timeoutMs: number) {
    this.client = client
    this.isCluster = client instanceof Cluster
    this.#where = where
    this.#timeoutMs = timeoutMs
    // Every failure reaches a caller, often as "Connection is closed" only: this is why.
    client.on('error', (error: unknown) => {
      this.#lastError = error
    })
    client.on('ready', () => {
      this.#lastError = undefined
    })
    for (const [name, { lua, numberOfKeys }] of Object.entries(REDIS_SCRIPTS)) {
      client.defineCommand(name, { lua, numberOfKeys })
    }
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE */
  static async open(url: string, options: RedisStoreOptions): Promise<RedisConnection> {
    const target = parseTarget(url)
    const common = commonOptions(target, options)
    const client = target.cluster
      ? new Cluster([...target.nodes], {
          lazyConnect: true,
          enableOfflineQueue: false,
          shardedSubscribers: true,
          slotsRefreshTimeout: options.timeoutMs,
          clusterRetryStrategy: reconnectPause(options.timeoutMs),
          clusterNodeRetryStrategy: reconnectPause(options.timeoutMs),
          redisOptions: common,
        })
      : new Redis({
          ...common,
          ...target.nodes[0],
          db: target.db,
          enableOfflineQueue: false,
          retryStrategy: reconnectPause(options.timeoutMs),
        })
    const where = target.nodes.map((node) => `${node.host}:${node.port}`).join(',')
    const connection = new RedisConnection(client, where, options.timeoutMs)
    try {
      await connection.within(client.connect())
      // The client goes on in database 0 where there is no such one.
      if (client instanceof Redis && target.db > 0) await connection.within(client.select(target.db))
      return connection
    } catch (error) {
      client.disconnect()
      throw connection.#unavailable(error)
    }
  }

  /** A second connection of the same kind, for subscriptions. Not for a cluster, which has its own. */
  duplicate(): Redis {
    if (this.client instanceof Cluster) throw new TypeError('A cluster needs no second connection')
    const client = this.client.duplicate({ autoResubscribe: false, enableOfflineQueue: true })
    client.on('error', () => {})
    return client
  }

  /** Runs a script; strings in its result are bytes. */
  script(name: RedisScriptName, args: ScriptArguments): Promise<unknown> {
    // As one argument, which the client flattens: those of a large commit would not fit on the stack.
    return this.run((client) => (client as unknown as Record<string, ScriptCall>)[`${name}Buffer`]!(args))
  }

  /** @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  async run<T>(call: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    const until = performance.now() + this.#timeoutMs
    for (;;) {
      try {
        if (this.client.status !== 'ready') await this.within(this.#ready())
        return await this.within(call(this.client))
      } catch (error) {
        if (!isLoading(error) || performance.now() > until) throw this.#unavailable(error)
      }
      await pause(LOADING_PAUSE_MS)
    }
  }

  /** The servers that hold the keys. */
  masters(): readonly Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client]
  }

  close(): void {
    this.client.disconnect()
  }

  /**
   * Resolves when the connection is back, and rejects when it is closed for good: each caller waits within its own time. One wait
   * for all of them, since thousands of sessions may wait, and each listener would be one on the client.
   */
  #ready(): Promise<void> {
    this.#comingBack ??= new Promise<void>((resolve, reject) => {
      const { client } = this
      const settle = (event: () => void) => () => {
        client.off('ready', onReady)
        client.off('end', onEnd)
        this.#comingBack = undefined
        event()
      }
      const onReady = settle(resolve)
      const onEnd = settle(() => reject(new Error('the connection was closed')))
      client.on('ready', onReady)
      client.on('end', onEnd)
    })
    return this.#comingBack
  }

  /** Waits as long as a call may take. @throws Error when that is over */
  within<T>(promise: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`no answer within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    )
    return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
  }

  /** The client's errors carry the arguments of the command, the password among them: only the message is kept. */
  #unavailable(error: unknown): OnejarError {
    if (error instanceof OnejarError) return error
    const causes = [error, nodeError(error), this.#lastError, nodeError(this.#lastError)]
    const reasons = causes.map((each) => (each instanceof Error ? reasonOf(each) : ''))
    const known = [...new Set(reasons)].filter((each) => each !== '' && !CLIENT_TALK.test(each))
    const reason = known.join(': ') || 'the connection was lost'
    return new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The Redis store at ${this.#where} cannot be used (${reason})`,
      {
        cause: new Error(reason),
        details: { where: this.#where, outage: !causes.some(isRefusal) },
      },
    )
  }
}

function reasonOf({ message }: Error): string {
  // What a server that wants a password says to a command of more than ten words.
  if (message.includes('unauthenticated')) return 'NOAUTH Authentication required'
  return message.replace(/\.$/, '')
}

/** Whether the server is there and has yet to read its data: it refuses without doing anything. */
function isLoading(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && error.message.startsWith('LOADING')
}

/** Why the last node of a cluster that was asked did not answer. */
function nodeError(error: unknown): unknown {
  return error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined
}

interface Node {
  readonly host: string
  readonly port: number
}

interface Target {
  readonly nodes: readonly [Node, ...Node[]]
  readonly cluster: boolean
  readonly secure: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number
}

function parseTarget(text: string): Target {
  const [, scheme = '', who, hosts = '', path = ''] =
    /^(rediss?(?:-cluster)?):\/\/(?:([^/]*)@)?([^/@?#]+)(?:\/(\d*))?$/.exec(text) ?? []
  const cluster = scheme.endsWith('-cluster')
  const list = hosts.split(',').filter((host) => host !== '')
  if (list.length === 0 || (list.length > 1 && !cluster)) {
    // The text is not in the message: it may hold a password.
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'The store is no URL of the form redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB] or redis[s]-cluster://HOST:PORT,...',
    )
  }
  try {
    const [first, ...others] = list.map((host): Node => {
      const url = new URL(`redis://${host}`)
      return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 6379 : Number(url.port) }
    })
    const colon = who?.indexOf(':') ?? -1
    const [username, password] =
      who === undefined ? [] : [who.slice(0, Math.max(0, colon)), who.slice(colon + 1)]
    if (!first || (cluster && Number(path) > 0)) throw new TypeError('no host, or a database of a cluster')
    return {
      nodes: [first, ...others],
      cluster,
      secure: scheme.startsWith('rediss'),
      username: username ? decodeURIComponent(username) : undefined,
      password: password ? decodeURIComponent(password) : undefined,
      db: Number(path),
    }
  } catch {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'The store is a redis URL with a host, a password or a database that is none (a cluster has database 0 only)',
    )
  }
}

function commonOptions(target: Target, options: RedisStoreOptions) {
  const username = options.username ?? target.username
  const password = options.password ?? target.password ?? redisPassword()
  return {
    lazyConnect: true,
    // It needs INFO, which a user may lack, and then the client talks to the console.
    enableReadyCheck: false,
    connectTimeout: options.timeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    protocol: 2 as const,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(target.secure || options.tls ? { tls: tlsOptions(target, options) } : {}),
  }
}

function tlsOptions(target: Target, options: RedisStoreOptions) {
  const given = Object.entries(options.tls ?? {}).filter(([, value]) => value !== undefined)
  const [first] = target.nodes
  const named = first && !target.cluster && !/^[\d.]+$|:/.test(first.host) ? { servername: first.host } : {}
  return { ...named, ...Object.fromEntries(given) }
}

/**
 * How long to wait before each attempt to reconnect. A quarter of a call's time at most: a call that begins when the server is
 * back must not fail because the next attempt comes after the call has ended.
 */
export function reconnectPause(timeoutMs: number): (attempt: number) => number {
  const longestMs = Math.min(RECONNECT_PAUSE.longestMs, timeoutMs / 4)
  const pause = { ...RECONNECT_PAUSE, longestMs, firstMs: Math.min(RECONNECT_PAUSE.firstMs, longestMs) }
  return (attempt) => growingPause(pause, attempt)
}
