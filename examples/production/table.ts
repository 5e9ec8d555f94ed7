/** A row: the layer, what it did, how often or how much, and (where that is known) whether the figure is right. */
export type Row = readonly [layer: string, what: string, figure: string | number, ok?: boolean]

/** The rows as text. The name of a layer is in its first row only. */
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
