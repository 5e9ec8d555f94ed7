/** A line chart as SVG that can be read in light and in dark, by eyes and by screen readers, alone and within a page. */
export interface LineChart {
  /** Letters and hyphens, of its own within a page: styles and references go by it. */
  readonly id: string
  readonly title: string
  /** With its unit. */
  readonly xLabel: string
  readonly yLabel: string
  /** From left to right, the same way apart whatever their values. */
  readonly points: readonly ChartPoint[]
}

export interface ChartPoint {
  readonly x: number
  readonly y: number
  readonly low: number
  readonly high: number
}

const [WIDTH, HEIGHT] = [720, 380]
const AREA = { left: 84, right: 24, top: 52, bottom: 66 } as const
const TICKS = 5

export function lineChart({ id, title, xLabel, yLabel, points }: LineChart): string {
  const top = niceAbove(Math.max(...points.map(({ high }) => high), 0))
  const right = WIDTH - AREA.right
  const bottom = HEIGHT - AREA.bottom
  const step = points.length > 1 ? (right - AREA.left - 48) / (points.length - 1) : 0
  const xAt = (index: number) => round(AREA.left + 24 + index * step)
  const yAt = (value: number) => round(bottom - (value / top) * (bottom - AREA.top))
  const told = points.map(({ x, y }) => `${number(x)}: ${number(y)}`).join('; ')
  const grid = Array.from({ length: TICKS + 1 }, (_, tick) => {
    const value = (top * tick) / TICKS
    const y = yAt(value)
    return `<line class="grid" x1="${AREA.left}" y1="${y}" x2="${right}" y2="${y}"/><text x="${AREA.left - 8}" y="${y + 4}" text-anchor="end">${number(value)}</text>`
  })
  const marks = points.map(({ x, y, low, high }, index) => {
    const at = xAt(index)
    return [
      `<line class="spread" x1="${at}" y1="${yAt(low)}" x2="${at}" y2="${yAt(high)}"/>`,
      `<circle cx="${at}" cy="${yAt(y)}" r="4"/>`,
      `<text x="${at}" y="${bottom + 20}" text-anchor="middle">${short(x)}</text>`,
    ].join('')
  })
  const line = points.map(({ y }, index) => `${xAt(index)},${yAt(y)}`).join(' ')
  const middle = round((AREA.top + bottom) / 2)
  return `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapeXml(title)}</title>
<desc id="${id}-desc">${escapeXml(`${yLabel}, by ${xLabel}. ${told}.`)}</desc>
<style>
#${id} { color: #1f2328; --line: #0b62c4; --ground: #fff; font: 13px system-ui, sans-serif; }
#${id} .ground { fill: var(--ground); }
#${id} text { fill: currentColor; }
#${id} .head { font-size: 16px; font-weight: 600; }
#${id} .grid { stroke: currentColor; stroke-opacity: 0.16; }
#${id} polyline { fill: none; stroke: var(--line); stroke-width: 2; }
#${id} circle { fill: var(--line); }
#${id} .spread { stroke: var(--line); stroke-opacity: 0.5; stroke-width: 5; }
@media (prefers-color-scheme: dark) { #${id} { color: #e6edf3; --line: #6cb2ff; --ground: #0d1117; } }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
<text class="head" x="${AREA.left}" y="26">${escapeXml(title)}</text>
${grid.join('\n')}
<polyline points="${line}"/>
${marks.join('\n')}
<text x="${round((AREA.left + right) / 2)}" y="${HEIGHT - 16}" text-anchor="middle">${escapeXml(xLabel)}</text>
<text transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>
</svg>
`
}

/** The least of 1, 2, 2.5 and 5 times a power of ten that is no less. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 2.5, 5].find((factor) => factor * power >= value) ?? 10) * power
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 })
}

function short(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
