/** The candidate that a mistyped word was most likely meant to be; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = distanceOf(word, candidate)
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** `; did you mean X?`, or nothing when nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

/** What begins alike is near, whatever its ending: `retries` is meant for `retry`. */
function distanceOf(word: string, candidate: string): number {
  if (word.length > 2 && candidate.startsWith(word)) return 1
  const distance = edits(word, candidate)
  const shorter = Math.min(word.length, candidate.length)
  let alike = 0
  while (alike < shorter && word[alike] === candidate[alike]) alike++
  return alike >= 4 && alike >= shorter - 1 ? Math.min(distance, 2) : distance
}

/** The Levenshtein distance: how many characters have to be inserted, deleted or replaced. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
