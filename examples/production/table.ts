/** Which layer, what it did, how often or how much; and whether that is as it should be, where that can be said. */
export type Row = readonly [layer: string, what: string, figure: string | number, ok?: boolean]

/** The rows as text, each layer's name once. */
export function tableOf(rows: readonly Row[]): string {
  const layers = Math.max(...rows.map(([layer]) => layer.length))
  const whats = Math.max(...rows.map(([, what]) => what.length))
  const figures = rows.map(([, , figure]) =>
    typeof figure === 'number' ? figure.toLocaleString('en') : figure,
  )
  const width = Math.max(...figures.map((figure) => figure.length))
  let last = ''
  return rows
    .map(([layer, what, , ok], i) => {
      const shown = layer === last ? '' : layer
      last = layer
      const mark = ok === undefined ? '' : ok ? '  ok' : '  NOT AS IT SHOULD BE'
      return `  ${shown.padEnd(layers)}  ${what.padEnd(whats)}  ${(figures[i] ?? '').padStart(width)}${mark}\n`
    })
    .join('')
}
