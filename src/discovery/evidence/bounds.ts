const BOUNDS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8]
const CLOSE = 1e-9

const HALVES = Array.from({ length: 18 }, (_, at) => 1 + at / 2)

/** How many bounds such as 1, 2, 5, 10, 20, 50 a number has reached; below zero they are those that it has come under. */
export function reached(number: number): number {
  return reachedOf(BOUNDS, number)
}

/** As `reached`, with all halves between one and ten, as prices and scores have them: 4.5, 99.5, 350. */
export function reachedHalf(number: number): number {
  return reachedOf(HALVES, number)
}

function reachedOf(bounds: readonly number[], number: number): number {
  const size = Math.abs(number)
  if (size === 0) return 0
  const power = Math.floor(Math.log10(size))
  const lead = size / 10 ** power
  // Bounds that it is at count, and again those that it is beyond: some pages say “from 30”, others “over 30”.
  const at = bounds.filter((bound) => lead >= bound - CLOSE).length
  const count = power * bounds.length * 2 + at + bounds.filter((bound) => lead > bound + CLOSE).length
  return number < 0 ? -count : count
}

const LENGTHS = [120, 140, 160, 180, 255, 256, 280]

/** How many lengths at which texts are cut a text is longer than; nobody cuts texts of a few characters. */
export function reachedLength(chars: number): number {
  if (chars < 15) return 0
  const round = chars < 100 ? Math.floor(chars / 5) : 20 + Math.floor((chars - 100) / 50)
  return round + LENGTHS.filter((length) => chars >= length).length
}
