/** Epoch seconds as epoch milliseconds. Chromium counts microseconds: they are kept, as thousandths. */
export function secondsToMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3
}

/** Epoch milliseconds as epoch seconds with microseconds: the inverse of `secondsToMs`, exactly. */
export function msToSeconds(ms: number): number {
  return Math.round(ms * 1e3) / 1e6
}
