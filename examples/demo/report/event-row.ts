import type { ReportEvent } from './data.ts'

const LIMIT = 240

/** An event as a row of the report: its time, its type, and its other members as text. */
export function eventRow(event: { readonly at: number; readonly type: string }): ReportEvent {
  const { at, type, ...facts } = event
  const words = Object.entries(facts).map(([name, value]) => `${name}: ${wordOf(value)}`)
  const detail = words.join(', ')
  return { at, type, detail: detail.length > LIMIT ? `${detail.slice(0, LIMIT)}…` : detail }
}

function wordOf(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 0 })
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
