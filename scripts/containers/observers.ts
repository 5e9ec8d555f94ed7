import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Fleet } from './fleet.ts'
import { CANARY } from './held-shop.ts'
import type { Results } from './results.ts'
import { until } from './until.ts'

const TRAIL = '/var/log/onejar/audit.jsonl'
const SCRAPED_MS = 120_000
const GIB = 2 ** 30

/** What Prometheus of the compose file has found, asked at its port. */
export async function checkPrometheus(
  fleet: Fleet,
  url: string,
  workers: number,
  results: Results,
): Promise<void> {
  const query = async (expression: string): Promise<{ value: [number, string] }[]> => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
    return ((await response.json()) as { data: { result: { value: [number, string] }[] } }).data.result
  }
  const up = async () => (await query('up{job="onejar"} == 1')).length
  const found = await until(
    'Prometheus has scraped all',
    SCRAPED_MS,
    async () => (await up()) === workers + 1,
  ).then(
    () => '',
    (error: Error) => error.message,
  )
  results.check(
    'Prometheus finds the service and each worker by name, and scrapes them with the token',
    found === '',
    found || `${await up()} targets up`,
  )
  const allowed = await query('worker_contexts_allowed > 0')
  results.check(
    'metrics of each worker are there',
    allowed.length === workers,
    `worker_contexts_allowed of ${allowed.length} workers: ${allowed.map(({ value }) => value[1]).join(', ')}`,
  )
  const left = (await query('worker_memory_available_bytes > 0')).map(({ value }) => Number(value[1]))
  results.check(
    'a worker reckons with the memory of its container, not with that of the machine',
    left.length === workers && left.every((bytes) => bytes < 2 * GIB),
    `${left.map((bytes) => `${(bytes / GIB).toFixed(2)} GiB`).join(', ')} left of 2 GiB`,
  )
  const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { health: string; state: string; name: string }[] }[] }
  }
  const rules = data.groups.flatMap((group) => group.rules)
  results.check(
    'the alert rules are loaded',
    rules.length > 10 && rules.every(({ health }) => health !== 'err'),
    `${rules.length} rules, ${rules.filter(({ state }) => state === 'firing').length} firing`,
  )
  const [prometheus = ''] = fleet.names('prometheus')
  const config = await fleet.exec(prometheus, 'promtool', 'check', 'config', '/etc/prometheus/prometheus.yml')
  results.check(
    'promtool takes the configuration as it is mounted',
    /SUCCESS/.test(config),
    config.split('\n').at(-1)?.trim() ?? '',
  )
  const [worker = ''] = fleet.names('worker')
  const bare = (await fetch(`http://${await fleet.addressOf(worker)}:9464/metrics`)).status
  results.check('metrics of a worker are refused without the token', bare === 401, `status ${bare}`)
}

/** Where Grafana looks for its data source and the dashboard; it is not run. */
export function checkProvisioning(folder: string, results: Results): void {
  const read = (path: string) => readFileSync(join(folder, 'grafana', path), 'utf8')
  const { datasources } = parse(read('provisioning/datasources/prometheus.yml'))
  const { providers } = parse(read('provisioning/dashboards/onejar.yml'))
  const { panels, uid } = JSON.parse(read('onejar.json')) as { panels: unknown[]; uid: string }
  const mounts = readFileSync(join(folder, 'compose.yaml'), 'utf8')
  results.check(
    'files for Grafana name the Prometheus and the folder of the compose file',
    datasources[0].url === 'http://prometheus:9090' &&
      mounts.includes(`:${providers[0].options.path}/onejar.json:ro`),
    `dashboard ${uid}, ${panels.length} panels`,
  )
}

/** The trail of service and workers, read by another container with the same volume. */
export async function checkAudit(fleet: Fleet, results: Results): Promise<void> {
  const { code, out, err } = await fleet.once('service', 'audit', 'verify', TRAIL)
  results.check(
    'the audit trail is in its volume, whole, and sealed with the keys',
    code === 0,
    (out || err).trim(),
  )
  const tail = await fleet.once('service', 'audit', 'tail', '--lines=1000', '--json', TRAIL)
  const records = tail.out.split('\n').filter(Boolean)
  results.check(
    'an operator reads it: onejar audit tail',
    records.length > 5,
    `${records.length} records ${tail.err.trim()}`,
  )
  const [service = ''] = fleet.names('service')
  const modes = await fleet.exec(service, 'stat', '--format=%a %u', '/var/log/onejar', TRAIL)
  results.check(
    'the trail is for its owner only',
    modes === '700 10001\n600 10001',
    modes.replace('\n', ', '),
  )
}

const PROCESSES = 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"'

/** Looks for secrets where people look: logs, `inspect`, lists of processes, environments. */
export class Leaks {
  readonly #secrets: Readonly<Record<string, string>>
  readonly #found: string[] = []
  #bytes = 0

  constructor(secrets: Readonly<Record<string, string>>) {
    this.#secrets = { ...secrets, 'a cookie': CANARY }
  }

  /** Looks at all that run, and at what is left of those that were taken away. */
  async look(fleet: Fleet): Promise<void> {
    for (const text of fleet.past.splice(0)) this.#search('a worker that was taken away', text)
    for (const name of fleet.names()) {
      const processes = await fleet.exec(name, 'sh', '-c', PROCESSES)
      // Else nothing would be found because nothing was read.
      if (!processes.includes('PATH=')) this.#found.push(`no environment could be read in ${name}`)
      this.#search(name, `${await fleet.shown(name)}\n${processes}`)
    }
  }

  /** Looks at what containers that were stopped have left. */
  async lookAtLogs(fleet: Fleet): Promise<void> {
    for (const name of fleet.names()) this.#search(name, await fleet.shown(name))
  }

  #search(name: string, text: string): void {
    this.#bytes += text.length
    for (const [what, secret] of Object.entries(this.#secrets))
      if (text.includes(secret)) this.#found.push(`${what} of ${name}`)
  }

  report(results: Results): void {
    const what = `no secret in logs, inspect, processes and environments (${Object.keys(this.#secrets).join(', ')})`
    const seen =
      this.#found.length === 0
        ? `${this.#bytes} characters looked through`
        : [...new Set(this.#found)].join('; ')
    results.check(what, this.#found.length === 0 && this.#bytes > 1_000, seen)
  }
}
