import type { Writable } from 'node:stream'
import { maskUrls } from './mask.ts'
import { printable } from './printable.ts'
import { byteText } from './table.ts'

/** Shows how far something is. */
export interface Meter {
  moved(bytes: number): void
  /** Takes the line away. */
  end(): void
}

export const QUIET_METER: Meter = { moved: () => {}, end: () => {} }

/** How often the line is written anew, and how soon it is there at all: short work shows none. */
const EVERY_MS = 100
const AFTER_MS = 500

/** A line on a terminal that is written again and again. */
export function openMeter(stream: Writable, name: string, total: number | null): Meter {
  const startedAt = performance.now()
  const what = printable(maskUrls(name)).slice(0, 40)
  let shownAt = startedAt + AFTER_MS - EVERY_MS
  let isShown = false
  return {
    moved(bytes) {
      const now = performance.now()
      if (now - shownAt < EVERY_MS) return
      shownAt = now
      isShown = true
      const share = total === null || total === 0 ? '' : ` ${Math.floor((bytes / total) * 100)}%`
      const rate = byteText((bytes * 1_000) / Math.max(1, now - startedAt))
      stream.write(`\r\x1b[K${what}${share} ${byteText(bytes)} ${rate}/s`)
    },
    end() {
      if (isShown) stream.write('\r\x1b[K')
      isShown = false
    },
  }
}
