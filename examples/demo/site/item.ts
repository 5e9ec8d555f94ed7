import { SeededRandom } from './random.ts'
import { MATERIALS, OPINIONS, PEOPLE, SENTENCES, THINGS } from './words.ts'

export interface Review {
  readonly author: string
  readonly stars: number
  readonly text: string
}

export interface Item {
  readonly number: number
  readonly name: string
  readonly priceCents: number
  readonly paragraphs: readonly string[]
  readonly facts: Readonly<Record<string, string>>
  readonly reviews: readonly Review[]
  /** Item numbers. */
  readonly related: readonly number[]
}

/** The item of that number, always the same. `total` bounds the numbers of related items. */
export function makeItem(number: number, total: number): Item {
  const random = new SeededRandom(number * 7919)
  const several = (min: number, max: number) => Array.from({ length: random.integer(min, max) })
  const paragraph = () => [1, 2, 3, 4].map(() => random.pick(SENTENCES)).join(' ')
  const material = random.pick(MATERIALS)
  return {
    number,
    name: `${material} ${random.pick(THINGS)} no. ${number}`,
    priceCents: random.integer(990, 24_900),
    paragraphs: several(5, 8).map(paragraph),
    facts: {
      Material: material,
      Width: `${random.integer(8, 180)} cm`,
      Height: `${random.integer(4, 210)} cm`,
      Weight: `${(random.integer(2, 240) / 10).toFixed(1)} kg`,
      'In stock': String(random.integer(0, 60)),
      'Article number': `OJ-${String(number).padStart(5, '0')}`,
    },
    reviews: several(3, 7).map(() => ({
      author: random.pick(PEOPLE),
      stars: random.integer(3, 5),
      text: `${random.pick(OPINIONS)} ${random.pick(OPINIONS)}`,
    })),
    related: several(4, 6).map(() => random.integer(1, total)),
  }
}
