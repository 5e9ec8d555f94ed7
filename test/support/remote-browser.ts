import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'undici'
import { findBrowser } from '../../src/browser/index.ts'
import { disabling, UNSEEN_WINDOWS } from '../../src/browser/launch/unseen-windows.ts'

/** What redirects of its own would get in the way of, and windows that nobody sees, which make a context dear. */
const OFF = ['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', ...UNSEEN_WINDOWS]

/** A Chromium that listens for whoever wants to use it, and that can be killed and started again at the same port. */
export class RemoteBrowser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'onejar-remote-'))
  readonly #args: readonly string[]
  #process: ChildProcess | undefined
  #port = 0
  /** Of this start: `ws://`, with the browser's own id. */
  address = ''

  /** @param args - further arguments for Chromium */
  static async start(args: readonly string[] = []): Promise<RemoteBrowser> {
    const remote = new RemoteBrowser(args)
    await remote.start()
    return remote
  }

  private constructor(args: readonly string[]) {
    this.#args = args
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get pid(): number {
    return this.#process?.pid as number
  }

  get running(): boolean {
    const child = this.#process
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  async start(): Promise<void> {
    const found = await findBrowser()
    if (!found) throw new Error('There is no Chromium')
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const profile = join(this.#folder, String(Math.random()).slice(2))
    const child = spawn(
      found.executablePath,
      [
        ...[
          '--headless=new',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-popup-blocking',
        ],
        ...root,
        ...disabling(OFF, this.#args),
        ...[`--remote-debugging-port=${this.#port}`, `--user-data-dir=${profile}`],
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    )
    this.#process = child
    let said = ''
    for await (const chunk of child.stderr) {
      said += chunk
      const address = /listening on (ws:\/\/\S+)/.exec(said)?.[1]
      if (address === undefined) continue
      this.address = address
      this.#port = Number(new URL(address).port)
      child.stderr.resume()
      return
    }
    throw new Error(`The browser ended: ${said}`)
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    process.kill(-(child.pid as number), 'SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

type Params = Record<string, unknown>

/** Somebody else's connection to the browser, who speaks its protocol himself. */
export class RawClient {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>()
  readonly #handlers: ((method: string, params: Params, sessionId: string | undefined) => void)[] = []
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, method, params, sessionId, result, error } = JSON.parse(data as string)
      if (id === undefined) for (const handler of this.#handlers) handler(method, params, sessionId)
      else if (error) this.#waiting.get(id)?.reject(new Error(error.message))
      else this.#waiting.get(id)?.resolve(result as never)
    })
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('closed'))
    })
  }

  static async connect(address: string): Promise<RawClient> {
    const socket = new WebSocket(address)
    const client = new RawClient(socket)
    await once(socket, 'open')
    return client
  }

  send<Result = Params>(method: string, params: Params = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<never>()
    answer.promise.catch(() => {})
    this.#waiting.set(id, answer)
    this.#socket.send(
      JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
    )
    return answer.promise
  }

  on(handler: (method: string, params: Params, sessionId: string | undefined) => void): void {
    this.#handlers.push(handler)
  }

  /** A page, in a context of its own unless one is named (null: the default one), not attached to. */
  async newPage(url: string, context?: string | null): Promise<{ targetId: string; context: string | null }> {
    const own = context === undefined ? await this.newContext() : context
    const where = own === null ? {} : { browserContextId: own }
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url, ...where })
    return { targetId, context: own }
  }

  async newContext(): Promise<string> {
    const made = await this.send<{ browserContextId: string }>('Target.createBrowserContext', {
      disposeOnDetach: true,
    })
    return made.browserContextId
  }

  async contexts(): Promise<string[]> {
    return (await this.send<{ browserContextIds: string[] }>('Target.getBrowserContexts')).browserContextIds
  }

  async target(targetId: string): Promise<{ url: string; attached: boolean; browserContextId: string }> {
    const { targetInfo } = await this.send<{ targetInfo: never }>('Target.getTargetInfo', { targetId })
    return targetInfo
  }

  async attach(targetId: string): Promise<string> {
    return (await this.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true }))
      .sessionId
  }

  async evaluate(sessionId: string, expression: string): Promise<unknown> {
    const how = { expression, awaitPromise: true, returnByValue: true }
    const { result } = await this.send<{ result: { value: unknown } }>('Runtime.evaluate', how, sessionId)
    return result.value
  }

  close(): void {
    this.#socket.close()
  }
}
