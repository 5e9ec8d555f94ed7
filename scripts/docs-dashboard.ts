/** Makes `docker/grafana/onejar.json` from the table of metrics; with `--check` it only says whether it is current. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { METRICS, type MetricSpec } from '../src/telemetry/metrics.ts'

const page = fileURLToPath(new URL('../docker/grafana/onejar.json', import.meta.url))

/** How Grafana calls the units. */
const UNITS: Readonly<Record<string, string>> = { ms: 'ms', s: 's', By: 'bytes', '1': 'percentunit' }

/** Attributes that a panel is split by; one with many values would be a panel of many lines. */
const SPLIT: Readonly<Record<string, string>> = {
  request_attempts_total: 'status',
  alerts_total: 'kind, code',
  request_duration_ms: 'via',
  'http.client.request.duration': 'server_address',
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
const SOURCE = { type: 'prometheus', uid: '${datasource}' }
const WITHIN = 'instance=~"$instance"'

interface Target {
  readonly expr: string
  readonly legendFormat: string
}

/** What shows a metric, by its kind. */
function targetsOf(name: string, { kind, attributes = {} }: MetricSpec): readonly Target[] {
  const series = name.replaceAll('.', '_')
  const split = SPLIT[name] ?? Object.keys(attributes)[0]
  const by = split === undefined ? '' : ` by (${split})`
  const legend =
    split === undefined
      ? series
      : split
          .split(', ')
          .map((label) => `{{${label}}}`)
          .join(' ')
  switch (kind) {
    case 'counter':
    case 'total':
      return [{ expr: `sum${by} (rate(${series}{${WITHIN}}[$__rate_interval]))`, legendFormat: legend }]
    case 'tally':
      return [{ expr: `sum${by} (${series}{${WITHIN}})`, legendFormat: legend }]
    case 'histogram': {
      const labels = split === undefined ? 'le' : `le, ${split}`
      return [0.5, 0.95, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${quantile}, sum by (${labels}) (rate(${series}_bucket{${WITHIN}}[$__rate_interval])))`,
        legendFormat: `${legend === series ? '' : `${legend} `}${quantile * 100} %`,
      }))
    }
    default:
      return [{ expr: `${series}{${WITHIN}}`, legendFormat: '{{instance}}' }]
  }
}

function panelOf(name: string, spec: MetricSpec, at: number) {
  const { unit, kind, description } = spec
  const perSecond = kind === 'counter' || kind === 'total'
  return {
    id: at + 1,
    type: 'timeseries',
    title: name,
    description,
    datasource: SOURCE,
    gridPos: { h: 8, w: 8, x: (at % 3) * 8, y: Math.floor(at / 3) * 8 },
    fieldConfig: {
      defaults: {
        unit: perSecond ? 'ops' : kind === 'gauge' && unit === '1' ? 'none' : (UNITS[unit] ?? 'short'),
        min: 0,
      },
      overrides: [],
    },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: targetsOf(name, spec).map((target, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      ...target,
    })),
  }
}

const dashboard = {
  title: 'Onejar',
  uid: 'onejar',
  schemaVersion: 39,
  tags: ['onejar'],
  time: { from: 'now-6h', to: 'now' },
  refresh: '30s',
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
      {
        name: 'instance',
        type: 'query',
        datasource: SOURCE,
        query: 'label_values(store_away, instance)',
        refresh: 2,
        includeAll: true,
        multi: true,
        allValue: '.*',
      },
    ],
  },
  panels: Object.entries(METRICS).map(([name, spec], at) => panelOf(name, spec, at)),
}

// The formatter breaks its lines as it sees fit.
const isCurrent = existsSync(page) && isDeepStrictEqual(JSON.parse(readFileSync(page, 'utf8')), dashboard)
if (process.argv.includes('--check')) {
  if (!isCurrent) {
    process.stderr.write('docker/grafana/onejar.json is not current. Run: node scripts/docs-dashboard.ts\n')
    process.exitCode = 1
  }
} else if (!isCurrent) writeFileSync(page, `${JSON.stringify(dashboard, null, 2)}\n`)
