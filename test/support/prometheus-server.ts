import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort } from './redis-server.ts'

type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }

/** A real Prometheus on a free port of the loopback interface, that scrapes one target each second. */
export class PrometheusServer {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #url: string

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child
    this.#folder = folder
    this.#url = url
  }

  /** @param token - what the target wants to be shown */
  static async start(target: string, token?: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-prometheus-'))
    const port = await freePort()
    const authorization = token === undefined ? {} : { authorization: { credentials: token } }
    const scraped = { job_name: 'onejar', static_configs: [{ targets: [target] }], ...authorization }
    const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scraped] }
    // JSON is YAML as well.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    )
    const server = new PrometheusServer(child, folder, `http://127.0.0.1:${port}`)
    const isUp = async () => {
      const [up] = await server.query('up{job="onejar"} == 1')
      if (up === undefined) throw new Error('the target is not up')
    }
    await eventually(isUp)
    return server
  }

  /** @throws Error what Prometheus says of a query that it does not understand */
  async query(expression: string): Promise<readonly Sample[]> {
    const body = new URLSearchParams({ query: expression })
    const response = await fetch(`${this.#url}/api/v1/query`, { method: 'POST', body })
    const { status, error, data } = (await response.json()) as {
      status: string
      error?: string
      data?: { result: Sample[] }
    }
    if (status !== 'success') throw new Error(`${expression}: ${error}`)
    return data?.result ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
