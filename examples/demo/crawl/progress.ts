import type { WriteStream } from 'node:tty'

const CELLS = 30

/** A progress bar for a terminal; in a pipe or a file it stays silent. */
export function progressBar(stream: WriteStream): (done: number, total: number) => void {
  if (!stream.isTTY) return () => {}
  let shown = -1
  return (done, total) => {
    const cells = Math.floor((done / total) * CELLS)
    if (cells === shown && done < total) return
    shown = cells
    stream.write(
      `\r[${'█'.repeat(cells)}${'·'.repeat(CELLS - cells)}] ${done} of ${total}${done === total ? '\n' : ''}`,
    )
  }
}
