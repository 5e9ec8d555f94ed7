import { CURVES, type CurveFigures, type CurveName, type StageFigures } from '../../bench/curves/curves.ts'
import { lineChart } from './line-chart.ts'

/** What is generated of docs/performance.md: its parts by name, and its charts by the name of their file. */
export interface PerformancePage {
  readonly parts: Readonly<Record<'stages' | 'curves', string>>
  readonly charts: ReadonlyMap<string, string>
}

const NOT_YET =
  'Not measured yet: `npm run bench:curves -- --keep`, then `node scripts/docs-performance.ts`.\n'

export function performancePage(figures: CurveFigures, stages: StageFigures): PerformancePage {
  const charts = new Map<string, string>()
  const sections: string[] = []
  for (const [name, { title, x, y, note }] of Object.entries(CURVES)) {
    const points = figures.curves[name as CurveName]
    if (points === undefined || points.length === 0) continue
    charts.set(`${name}.svg`, lineChart({ id: `chart-${name}`, title, xLabel: x, yLabel: y, points }))
    const least = points.map(({ x: at, y: value }) => `${number(value)} at ${number(at)}`).join(', ')
    sections.push(`### ${title}\n\n![${title}](performance/${name}.svg)\n\n${note} In ${y}: ${least}.\n`)
  }
  const measured = `Measured on ${figures.measuredOn}: ${figures.machine}. The line is the median of the rounds, the bar behind a point what all of them had.\n`
  return {
    parts: {
      stages: stagesTable(stages),
      curves: sections.length === 0 ? NOT_YET : [measured, ...sections].join('\n'),
    },
    charts,
  }
}

function stagesTable({ before, after }: StageFigures): string {
  const profiles = [before, after].filter((profile) => profile !== null)
  if (profiles.length === 0) return NOT_YET
  const names = [...new Set(profiles.toReversed().flatMap(({ stages }) => stages.map(({ name }) => name)))]
  const head = profiles.map((profile) => `${profile === before ? 'before' : 'after'}, ${profile.measuredOn}`)
  const rows = names.map((name) => [
    name,
    ...profiles.map(({ stages, microseconds }) => {
      const share = stages.find((stage) => stage.name === name)?.share ?? 0
      return `${number(share * 100)} % (${number(share * microseconds)} µs)`
    }),
  ])
  const sum = ['a request', ...profiles.map(({ microseconds }) => `${number(microseconds)} µs`)]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return line(['part', ...head]) + line(['---', ...head.map(() => '---')]) + [...rows, sum].map(line).join('')
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
