import { type DemoReport, type Pace, rate } from './data.ts'

const BAR = 560
const LEFT = 150

/** The two crawls as bars on one scale. */
export function comparison({ hybrid, browserOnly }: DemoReport): string {
  const fastest = Math.max(rate(hybrid), rate(browserOnly), Number.MIN_VALUE)
  const bar = (name: string, className: string, pace: Pace, y: number) => {
    const width = Math.max(2, (rate(pace) / fastest) * BAR)
    const figure = `${Math.round(rate(pace)).toLocaleString('en')} pages per s`
    return `<text class="strong" x="0" y="${y + 16}">${name}</text>
<rect class="${className}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="22" rx="3"/>
<text x="${(LEFT + width + 10).toFixed(1)}" y="${y + 16}">${figure} (${pace.pages} pages in ${(pace.ms / 1000).toFixed(2)} s)</text>`
  }
  const words = `Onejar ${rate(hybrid).toFixed(0)} pages per second, all in the browser ${rate(browserOnly).toFixed(0)}.`
  return `<svg viewBox="0 0 1000 70" role="img" aria-labelledby="pace-title pace-desc">
<title id="pace-title">Pages per second</title><desc id="pace-desc">${words}</desc>
${bar('Onejar', 'http', hybrid, 4)}
${bar('All in the browser', 'browser-only', browserOnly, 40)}</svg>`
}
