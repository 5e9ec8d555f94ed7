import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface RedisServerOptions {
  /** More of the configuration, as `name: value`. */
  readonly config?: Readonly<Record<string, string | number>>
  /** Default: a free one. */
  readonly port?: number
  /** Keep what it writes and read it again after a restart. Default: false. */
  readonly persistent?: boolean
}

/** So many free ports are tried. */
const MOST_PORTS = 5

/** A real redis-server of its own on a free port of the loopback interface. */
export class RedisServer {
  readonly port: number
  readonly folder: string
  readonly options: RedisServerOptions
  #process: ChildProcess | undefined
  #log = ''

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), 'onejar-redis-'))
    this.options = options
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(options.port ?? (await freePort()), options)
      try {
        await server.start()
        return server
      } catch (error) {
        await server.stop()
        // A port that was free a moment ago may be somebody's by now: another test's, or a connection's own end.
        const isTaken = options.port === undefined && String(error).includes('Address already in use')
        if (!isTaken || attempt === MOST_PORTS) throw error
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** What it has printed. */
  get log(): string {
    return this.#log
  }

  /** Starts it (again), and waits until it takes connections. */
  async start(): Promise<void> {
    const { config = {}, persistent = false } = this.options
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.folder,
      save: '',
      appendonly: persistent ? 'yes' : 'no',
      appendfsync: 'always',
      ...config,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(findRedisServer(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    await new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        this.#log += chunk.toString()
        if (this.#log.includes('Ready to accept connections')) resolve()
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('error', reject)
      child.on('exit', (code) =>
        reject(new Error(`redis-server ended with ${code}: ${this.#log.slice(-500)}`)),
      )
    })
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#log = ''
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** It keeps its connections and answers nothing, as on a machine that hangs. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    this.resume()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** `$REDIS_SERVER`, or `redis-server` on the PATH; throws with the command that installs it otherwise. */
export function findRedisServer(): string {
  const given = process.env['REDIS_SERVER']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = [given, ...folders.map((folder) => join(folder, 'redis-server'))].find(
    (path) => path && existsSync(path),
  )
  if (found) return found
  throw new Error(
    'There is no redis-server. Install it with: apt-get install -y redis-server (or set REDIS_SERVER)',
  )
}
