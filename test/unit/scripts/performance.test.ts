import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CurveFigures, StageFigures } from '../../../bench/curves/curves.ts'
import { type CpuProfile, stagesOf } from '../../../bench/curves/stages.ts'
import { lineChart } from '../../../scripts/lib/line-chart.ts'
import { performancePage } from '../../../scripts/lib/performance-page.ts'

const FIGURES: CurveFigures = {
  measuredOn: '2026-01-01',
  machine: '2 × a processor',
  curves: {
    tabs: [
      { x: 1, y: 1.5, low: 1.4, high: 1.7 },
      { x: 20, y: 4, low: 3.5, high: 4.75 },
    ],
  },
}
const stage = (name: string, share: number) => ({ name, share })

describe('a chart', () => {
  const svg = lineChart({
    id: 'chart-a',
    title: 'Times & <more>',
    xLabel: 'pages',
    yLabel: 'ms',
    points: FIGURES.curves.tabs ?? [],
  })

  it('says in words what it shows, by names of its own', () => {
    expect(svg).toContain('role="img" aria-labelledby="chart-a-title chart-a-desc"')
    expect(svg).toContain('<title id="chart-a-title">Times &amp; &lt;more&gt;</title>')
    expect(svg).toContain('<desc id="chart-a-desc">ms, by pages. 1: 1.5; 20: 4.</desc>')
  })

  it('keeps every point within its axes, which begin at 0', () => {
    const heights = [...svg.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y))
    expect(heights).toHaveLength(2)
    for (const y of heights) expect(y).toBeGreaterThanOrEqual(52)
    for (const y of heights) expect(y).toBeLessThanOrEqual(314)
    expect(svg).toMatch(/text-anchor="end">0</)
    expect(svg).toMatch(/text-anchor="end">5</)
  })

  it('has a light and a dark form, and no style that reaches beyond it', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark) { #chart-a {')
    const selectors = [...svg.matchAll(/^(.*?) \{/gm)].map(([, selector]) => selector)
    for (const selector of selectors) expect(selector).toMatch(/^(?:#chart-a|@media)/)
  })

  it('of nothing but zeros is drawn as well', () => {
    const flat = lineChart({
      id: 'z',
      title: '',
      xLabel: '',
      yLabel: '',
      points: [{ x: 0, y: 0, low: 0, high: 0 }],
    })
    expect(flat).not.toContain('NaN')
  })
})

describe('the page', () => {
  it('shows what was measured, and nothing of what was not', () => {
    const { parts, charts } = performancePage(FIGURES, { before: null, after: null })
    expect([...charts.keys()]).toEqual(['tabs.svg'])
    expect(parts.curves).toContain('Measured on 2026-01-01: 2 × a processor.')
    expect(parts.curves).toContain('![Time of a barrier, by open pages](performance/tabs.svg)')
    expect(parts.stages).toContain('Not measured yet')
  })

  it('has each part of a request before and after, as share and time', () => {
    const profile = { measuredOn: '2026-01-01', microseconds: 200 }
    const stages: StageFigures = {
      before: { ...profile, stages: [stage('undici', 0.5), stage('gone', 0.5)] },
      after: { measuredOn: '2026-01-02', microseconds: 100, stages: [stage('undici', 1)] },
    }
    const lines = performancePage(FIGURES, stages).parts.stages.trim().split('\n')
    expect(lines).toEqual([
      '| part | before, 2026-01-01 | after, 2026-01-02 |',
      '| --- | --- | --- |',
      '| undici | 50 % (100 µs) | 100 % (100 µs) |',
      '| gone | 50 % (100 µs) | 0 % (0 µs) |',
      '| a request | 200 µs | 100 µs |',
    ])
  })

  it('is the one that the kept figures make', () => {
    const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
    const figures = JSON.parse(read('bench/curves/figures.json')) as CurveFigures
    const { parts, charts } = performancePage(figures, JSON.parse(read('bench/curves/stages.json')))
    for (const part of Object.values(parts)) expect(read('docs/performance.md')).toContain(part)
    for (const [name, svg] of charts) expect(read(`docs/performance/${name}`)).toBe(svg)
  })
})

it('a profile is divided by the files of its functions, without idle time and the loading of modules', () => {
  const frames: readonly (readonly [functionName: string, url: string, us: number])[] = [
    ['(idle)', '', 1_000],
    ['compile', 'node:internal/modules/esm/utils', 500],
    ['dispatch', 'file:///x/node_modules/undici/lib/client.js', 50],
    ['header', 'file:///x/src/record/jar.ts', 20],
    ['judge', 'file:///x/src/challenge/classifier.ts', 10],
    ['send', 'file:///x/src/http/http-exchange.ts', 10],
    ['(garbage collector)', '', 5],
    ['emit', 'node:events', 5],
  ]
  const profile: CpuProfile = {
    nodes: frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
    samples: frames.map((_, id) => id),
    timeDeltas: frames.map(([, , us]) => us),
  }
  expect(stagesOf(profile)).toEqual([
    stage('undici: writing requests, parsing responses, pools', 0.5),
    stage('cookies and the record', 0.2),
    stage('looking at the page: is it a challenge?', 0.1),
    stage('the exchange: headers, redirects, the body', 0.1),
    stage('collecting garbage', 0.05),
    stage('Node: sockets, streams, promises', 0.05),
  ])
})
