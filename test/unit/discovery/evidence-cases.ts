/** Values, and what a page may make of some of them alone. */
export type Data = Readonly<Record<string, unknown>>
export type Shown = string | readonly string[]

export type Case = [
  what: string,
  pages: [Data, Data],
  /** One that the page shows as it is, by the same rule. */
  fine: Data,
  /** One that it shows in another way. */
  other: Data,
  show: (data: never) => Shown,
]
export const name = (text: string) => ({ v: text })
const cut = ({ v }: { v: string }) => (v.length > 20 ? `${v.slice(0, 19)}…` : v)
export const list = (...v: unknown[]) => ({ v })
export interface Item {
  readonly n: string
  readonly p: number
}
export const items = (...all: [string, number][]) => ({ v: all.map(([n, p]) => ({ n, p })) })
const names = (all: readonly Item[]) => all.map(({ n }) => n)
export const usd = (amount: number) => `$${amount.toFixed(2)}`

export const TEXTS: Case[] = [
  [
    'a long text that is cut',
    [name('Oak 1'), name('A table 22')],
    name('A bench 333'),
    name('A very long name of a chair 4'),
    cut,
  ],
  [
    'a text that is cut a little beyond the longest one',
    [name('A fine table of old oak with a cover, 1'), name('A fine table of old ash with a long cover, 2')],
    name('A fine table of old elm with a green cover, 3'),
    name('A fine table of old elm with a green cover of wool, 4'),
    ({ v }: { v: string }) => (v.length > 50 ? `${v.slice(0, 49)}…` : v),
  ],
  [
    'the first sentence',
    [name('Fine oak 1.'), name('Good ash 2.')],
    name('Soft elm 3.'),
    name('Oak 4. Ash.'),
    ({ v }: { v: string }) => v.split('. ')[0] as string,
  ],
  [
    'the first line',
    [name('Fine oak 1'), name('Good ash 2')],
    name('Soft elm 3'),
    name('Oak 4\nAsh'),
    ({ v }: { v: string }) => v.split('\n')[0] as string,
  ],
  [
    'what is before a dash',
    [name('Fine oak 1'), name('Good ash 2')],
    name('Soft elm 3'),
    name('Oak 4 - Ash'),
    ({ v }: { v: string }) => v.split(' - ')[0] as string,
  ],
  [
    'what is before a bracket',
    [name('Fine oak 1'), name('Good ash 2')],
    name('Soft elm 3'),
    name('Oak 4 (Ash)'),
    ({ v }: { v: string }) => v.split(' (')[0] as string,
  ],
  [
    'capitals',
    [name('OAK-1'), name('ASH-22')],
    name('OAK-33'),
    name('Fir-44'),
    ({ v }: { v: string }) => v.toUpperCase(),
  ],
  [
    'small letters',
    [name('oak-1'), name('ash-22')],
    name('oak-33'),
    name('Fir-44'),
    ({ v }: { v: string }) => v.toLowerCase(),
  ],
  [
    'a capital at the start',
    [name('Oak 1'), name('Ash 22')],
    name('Elm 33'),
    name('fir 44'),
    ({ v }: { v: string }) => (v[0] as string).toUpperCase() + v.slice(1),
  ],
  [
    'a capital in each word',
    [name('Oak Red 1'), name('Ash Red 2')],
    name('Elm Red 3'),
    name('Fir red 4'),
    ({ v }: { v: string }) => v.replace(/\b[a-z]/g, (c) => c.toUpperCase()),
  ],
  [
    'marks that are replaced',
    [name('oak 1'), name('ash 22')],
    name('elm 33'),
    name('fir_red 4'),
    ({ v }: { v: string }) => v.replace(/_/g, ' '),
  ],
  [
    'nothing, with words around it',
    [name('Ann 1'), name('Bob 22')],
    name('Cid 33'),
    name(''),
    ({ v }: { v: string }) => (v === '' ? 'anonymous' : `by ${v}`),
  ],
  [
    'letters of other scripts',
    [name('Oak 1'), name('Ash 22')],
    name('Elm 33'),
    name('Øre 44'),
    ({ v }: { v: string }) => v.replace('Ø', 'O'),
  ],
  [
    'pictures',
    [name('Oak 1'), name('Ash 22')],
    name('Elm 33'),
    name('Fir 4 🎉'),
    ({ v }: { v: string }) => v.replace(/ ?🎉/u, ''),
  ],
  [
    'one of a few states',
    [{ v: 'In stock' }, { v: 'Sold out' }],
    { v: 'In stock' },
    { v: 'Backorder' },
    ({ v }: { v: string }) => (v === 'Backorder' ? 'Ships later' : v),
  ],
]
export const NUMBERS: Case[] = [
  [
    'decimals that are rounded',
    [{ v: 12.5 }, { v: 31.2 }],
    { v: 30.1 },
    { v: 12.49 },
    ({ v }: { v: number }) => v.toFixed(1),
  ],
  [
    'decimals that are cut',
    [{ v: 12.41 }, { v: 31.22 }],
    { v: 30.11 },
    { v: 12.99 },
    ({ v }: { v: number }) => (Math.floor(v * 10) / 10).toFixed(1),
  ],
  [
    'decimals that are left out',
    [{ v: 12.5 }, { v: 31.25 }],
    { v: 30.75 },
    { v: 14 },
    ({ v }: { v: number }) => (Number.isInteger(v) ? `$${v}` : usd(v)),
  ],
  [
    'a bound',
    [{ v: 12 }, { v: 55 }],
    { v: 43 },
    { v: 120 },
    ({ v }: { v: number }) => (v > 99 ? '99+' : String(v)),
  ],
  [
    'a bound between',
    [{ v: 12 }, { v: 44 }],
    { v: 43 },
    { v: 51 },
    ({ v }: { v: number }) => (v > 50 ? '50+' : String(v)),
  ],
  [
    'nothing',
    [{ v: 12 }, { v: 55 }],
    { v: 43 },
    { v: 0 },
    ({ v }: { v: number }) => (v === 0 ? 'none' : String(v)),
  ],
  [
    'one',
    [{ v: 22 }, { v: 53 }],
    { v: 43 },
    { v: 1 },
    ({ v }: { v: number }) => `${v} ${v === 1 ? 'review' : 'reviews'}`,
  ],
  [
    'more than four, in Polish',
    [{ v: 22 }, { v: 53 }],
    { v: 43 },
    { v: 15 },
    ({ v }: { v: number }) => `${v} ${v === 15 ? 'opinii' : 'opinie'}`,
  ],
  [
    'less than nothing',
    [{ v: 12.5 }, { v: 55.5 }],
    { v: 43.5 },
    { v: -43.5 },
    ({ v }: { v: number }) => (v < 0 ? `(${usd(-v)})` : usd(v)),
  ],
  [
    'thousands',
    [{ v: 412 }, { v: 955 }],
    { v: 643 },
    { v: 1200 },
    ({ v }: { v: number }) => (v > 999 ? `${v / 1000}K` : String(v)),
  ],
  [
    'few, which are called so',
    [{ v: 53 }, { v: 47 }],
    { v: 49 },
    { v: 12 },
    ({ v }: { v: number }) => (v < 15 ? 'Few left' : `${v} in stock`),
  ],
  [
    'halves',
    [{ v: 4.5 }, { v: 3 }],
    { v: 3.5 },
    { v: 4.3 },
    ({ v }: { v: number }) => (Math.round(v * 2) / 2).toFixed(1),
  ],
  [
    'what is rounded to fewer decimals than are shown',
    [{ v: 1.24 }, { v: 2.38 }],
    { v: 2.13 },
    { v: 1.97 },
    ({ v }: { v: number }) => `${Math.round(v * 10) / 10} kg`,
  ],
  [
    'halfway, rounded as decimals',
    [{ v: 1.129 }, { v: 1.372 }],
    { v: 1.263 },
    { v: 1.005 },
    ({ v }: { v: number }) => (v === 1.005 ? '1.01' : v.toFixed(2)),
  ],
  [
    'halfway, where the binary number is less',
    [{ v: 1.235 }, { v: 1.372 }],
    { v: 1.261 },
    { v: 1.005 },
    ({ v }: { v: number }) => (v === 1.005 ? '1.01' : v.toFixed(2)),
  ],
  [
    'a weight that is shown in another unit once it is small',
    [{ v: 1250 }, { v: 2350 }],
    { v: 2150 },
    { v: 750 },
    ({ v }: { v: number }) => (v < 1000 ? `${v} g` : `${(v / 1000).toFixed(2)} kg`),
  ],
  [
    'a short form that is as long as the next one',
    [{ v: 123_456 }, { v: 2_345_678 }],
    { v: 345_678 },
    { v: 999_999 },
    ({ v }: { v: number }) => (v < 1_000_000 ? `${Math.round(v / 1000)}K` : `${(v / 1e6).toFixed(1)}M`),
  ],
  [
    'a percentage that is halfway',
    [{ v: 0.251 }, { v: 0.352 }],
    { v: 0.333 },
    { v: 0.285 },
    ({ v }: { v: number }) => `${v === 0.285 ? 29 : (v * 100).toFixed(0)}%`,
  ],
  [
    'cents that are round',
    [{ v: 1250 }, { v: 5575 }],
    { v: 4325 },
    { v: 4300 },
    ({ v }: { v: number }) => (v % 100 === 0 ? `${v / 100} €` : `${(v / 100).toFixed(2)} €`),
  ],
]
const day = (v: string) => ({ v })
export const DATES: Case[] = [
  [
    'today',
    [day('2026-01-02'), day('2026-02-03')],
    day('2026-03-04'),
    day('2026-06-14'),
    ({ v }: { v: string }) => (v === '2026-06-14' ? 'yesterday' : v),
  ],
  [
    'another year',
    [day('2026-01-02'), day('2026-02-03')],
    day('2026-03-04'),
    day('2024-06-14'),
    ({ v }: { v: string }) => v,
  ],
  [
    'not yet two weeks ago',
    [day('2026-05-20'), day('2026-05-28')],
    day('2026-05-23'),
    day('2026-06-05'),
    ({ v }: { v: string }) => (v > '2026-06-01' ? 'lately' : v),
  ],
  [
    'what is to come',
    [day('2026-01-02'), day('2026-02-03')],
    day('2026-03-04'),
    day('2026-09-14'),
    ({ v }: { v: string }) => (v > '2026-06' ? `from ${v}` : v),
  ],
]
export const LISTS: Case[] = [
  [
    'sorted by name',
    [items(['Ash 1', 3], ['Elm 1', 1], ['Oak 1', 2]), items(['Ash 2', 1], ['Oak 2', 2])],
    items(['Ash 3', 3], ['Elm 3', 2]),
    items(['Oak 4', 1], ['Ash 4', 2]),
    ({ v }: { v: Item[] }) => names(v).sort(),
  ],
  [
    'sorted by price',
    [items(['Elm 1', 1], ['Ash 1', 3]), items(['Oak 2', 1], ['Ash 2', 2])],
    items(['Oak 3', 2], ['Fir 3', 3]),
    items(['Oak 4', 3], ['Ash 4', 2]),
    ({ v }: { v: Item[] }) => names([...v].sort((a, b) => a.p - b.p)),
  ],
  [
    'the dearest first',
    [items(['Elm 1', 3], ['Ash 1', 1]), items(['Oak 2', 2], ['Ash 2', 1])],
    items(['Oak 3', 3], ['Fir 3', 2]),
    items(['Oak 4', 2], ['Ash 4', 3]),
    ({ v }: { v: Item[] }) => names([...v].sort((a, b) => b.p - a.p)),
  ],
  [
    'sorted by two members',
    [items(['Ash 1', 1], ['Oak 1', 2]), items(['Elm 2', 1], ['Fir 2', 1], ['Ash 2', 2])],
    items(['Ash 3', 1], ['Oak 3', 1], ['Elm 3', 2]),
    items(['Oak 4', 1], ['Ash 4', 1], ['Elm 4', 2]),
    ({ v }: { v: Item[] }) => names([...v].sort((a, b) => a.p - b.p || (a.n < b.n ? -1 : 1))),
  ],
  [
    'those of which there are more than two',
    [items(['Elm 1', 3], ['Ash 1', 5]), items(['Oak 2', 4], ['Ash 2', 3])],
    items(['Oak 3', 5], ['Fir 3', 3]),
    items(['Oak 4', 5], ['Ash 4', 2]),
    ({ v }: { v: Item[] }) => names(v.filter(({ p }) => p > 2)),
  ],
  [
    'turned around',
    [list('Ash 1'), list('Elm 2')],
    list('Oak 3'),
    list('Oak 4', 'Ash 4'),
    ({ v }: { v: string[] }) => [...v].reverse(),
  ],
  [
    'each once',
    [list('Ash 1', 'Oak 1'), list('Elm 2', 'Ash 2')],
    list('Oak 3', 'Ash 3'),
    list('Oak 4', 'Oak 4'),
    ({ v }: { v: string[] }) => [...new Set(v)],
  ],
  [
    'the first few',
    [list('Ash 1', 'Oak 1'), list('Elm 2', 'Fir 2')],
    list('Oak 3', 'Yew 3'),
    list('Oak 4', 'Yew 4', 'Fir 4'),
    ({ v }: { v: string[] }) => v.slice(0, 2),
  ],
  [
    'without what is sold out',
    [items(['Elm 1', 3], ['Ash 1', 1]), items(['Oak 2', 2], ['Ash 2', 1])],
    items(['Oak 3', 3], ['Fir 3', 2]),
    items(['Oak 4', 3], ['Ash 4', 0]),
    ({ v }: { v: Item[] }) => names(v.filter(({ p }) => p > 0)),
  ],
  [
    'the lowest price',
    [items(['Elm 1', 11.5], ['Ash 1', 31.5]), items(['Oak 2', 12.5], ['Ash 2', 21.5])],
    items(['Oak 3', 13.5], ['Fir 3', 14.5]),
    items(['Oak 4', 14.5], ['Ash 4', 12.5]),
    ({ v }: { v: Item[] }) => usd(Math.min(...v.map(({ p }) => p))),
  ],
  [
    'the last one',
    [items(['Elm 1', 11.5]), items(['Oak 2', 12.5])],
    items(['Oak 3', 13.5]),
    items(['Oak 4', 12.5], ['Ash 4', 11.5]),
    ({ v }: { v: Item[] }) => usd((v.at(-1) as Item).p),
  ],
  [
    'the sum of all',
    [items(['Elm 1', 11.5]), items(['Oak 2', 12.5])],
    items(['Oak 3', 13.5]),
    items(['Oak 4', 13.5], ['Ash 4', 12.5]),
    ({ v }: { v: Item[] }) => usd(v.reduce((sum, { p }) => sum + p, 0)),
  ],
]
export const BESIDE: Case[] = [
  [
    'a category',
    [
      { v: 12.5, category: 'toys' },
      { v: 22.5, category: 'tools' },
    ],
    { v: 21.5, category: 'toys' },
    { v: 20.5, category: 'wine' },
    ({ v, category }: { v: number; category: string }) => usd(category === 'wine' ? v * 1.2 : v),
  ],
  [
    'a word in a list',
    [
      { v: 12.5, tags: ['new', 'oak'] },
      { v: 22.5, tags: ['eco'] },
    ],
    { v: 21.5, tags: ['eco', 'oak'] },
    { v: 20.5, tags: ['eco', 'heavy'] },
    ({ v, tags }: { v: number; tags: string[] }) => usd(tags.includes('heavy') ? v + 15 : v),
  ],
  [
    'a word in a list of objects',
    [
      { v: 12.5, badges: [{ type: 'new' }, { type: 'oak' }] },
      { v: 22.5, badges: [{ type: 'eco' }] },
    ],
    { v: 21.5, badges: [{ type: 'eco' }, { type: 'oak' }] },
    { v: 20.5, badges: [{ type: 'sale' }, { type: 'oak' }] },
    ({ v, badges }: { v: number; badges: { type: string }[] }) =>
      usd(badges.some(({ type }) => type === 'sale') ? v * 0.9 : v),
  ],
  [
    'the first that is free, which was the second',
    [
      { v: [31.5, 12.5].map((p, at) => ({ p, free: at === 1 })) },
      { v: [11.5, 42.5].map((p, at) => ({ p, free: at === 1 })) },
    ],
    { v: [21.5, 22.5].map((p, at) => ({ p, free: at === 1 })) },
    { v: [21.5, 52.5].map((p) => ({ p, free: true })) },
    ({ v }: { v: { p: number; free: boolean }[] }) => usd(v.find(({ free }) => free)?.p ?? 0),
  ],
  [
    'a weight that costs more',
    [
      { v: 52.5, weight: 28 },
      { v: 62.5, weight: 25.5 },
    ],
    { v: 61.5, weight: 29.5 },
    { v: 60.5, weight: 30.5 },
    ({ v, weight }: { v: number; weight: number }) => usd(weight > 30 ? v + 15 : v),
  ],
  [
    'a weight beyond a bound that was met',
    [
      { v: 12.5, weight: '30' },
      { v: 22.5, weight: '25.5' },
    ],
    { v: 21.5, weight: '29.5' },
    { v: 20.5, weight: '30.5' },
    ({ v, weight }: { v: number; weight: string }) => usd(Number(weight) > 30 ? v + 15 : v),
  ],
  [
    'a stock that is low',
    [
      { v: 'Available', stock: 52 },
      { v: 'On order', stock: 24 },
    ],
    { v: 'Available', stock: 31 },
    { v: 'Available', stock: 3 },
    ({ v, stock }: { v: string; stock: number }) => (stock < 5 ? 'Hurry up' : v),
  ],
  [
    'the lower of two',
    [
      { v: 12.5, w: 13.5 },
      { v: 22.5, w: 43.5 },
    ],
    { v: 21.5, w: 33.5 },
    { v: 21.5, w: 20.5 },
    ({ v, w }: { v: number; w: number }) => usd(Math.min(v, w)),
  ],
  [
    'a price until a day',
    [
      { v: 12.5, ends: '2026-09-01' },
      { v: 22.5, ends: '2026-08-01' },
    ],
    { v: 21.5, ends: '2026-10-01' },
    { v: 20.5, ends: '2026-02-01' },
    ({ v, ends }: { v: number; ends: string }) => usd(ends > '2026-06' ? v : v * 2),
  ],
]

/** What a page has a word for beyond a bound, and codes that it tells from others. */
export const BOUNDS: Case[] = [
  [
    'a price beyond a bound',
    [{ v: 12.5 }, { v: 31.2 }],
    { v: 33.3 },
    { v: 77.1 },
    ({ v }: { v: number }) => (v > 50 ? 'from $50.00' : usd(v)),
  ],
  [
    'a price beyond a bound within hundreds',
    [{ v: 112.35 }, { v: 441.25 }],
    { v: 233.45 },
    { v: 612.15 },
    ({ v }: { v: number }) => usd(Math.min(v, 499.99)),
  ],
  [
    'a price under a bound',
    [{ v: 31.25 }, { v: 42.75 }],
    { v: 37.25 },
    { v: 12.75 },
    ({ v }: { v: number }) => (v < 20 ? 'under $20' : usd(v)),
  ],
  [
    'a score that has no more than five',
    [{ v: 4.87 }, { v: 3.12 }],
    { v: 4.33 },
    { v: 5.21 },
    ({ v }: { v: number }) => (v > 5 ? '5+' : String(v)),
  ],
  [
    'a score of more than four and a half',
    [{ v: 4.12 }, { v: 3.87 }],
    { v: 4.21 },
    { v: 4.63 },
    ({ v }: { v: number }) => (v > 4.5 ? 'Excellent' : String(v)),
  ],
  [
    'a number that stands for none',
    [{ v: 301 }, { v: 1202 }],
    { v: 641 },
    { v: 999 },
    ({ v }: { v: number }) => (v === 999 ? 'no limit' : String(v)),
  ],
  [
    'a code with other letters',
    [name('AB-100'), name('CD-205')],
    name('AB-311'),
    name('X-100'),
    ({ v }: { v: string }) => (v.startsWith('X-') ? 'discontinued' : v),
  ],
  [
    'a code with more at its end',
    [name('AB-100'), name('AB-205')],
    name('AB-311'),
    name('AB-30-D'),
    ({ v }: { v: string }) => (v.endsWith('-D') ? 'discontinued' : v),
  ],
  [
    'a code of nines alone',
    [name('AB-100'), name('AB-205')],
    name('AB-311'),
    name('AB-999'),
    ({ v }: { v: string }) => (v.endsWith('-999') ? 'on request' : v),
  ],
  [
    'words around digits that are others',
    [name('Ships in 3 days'), name('Ships in 5 days')],
    name('Ships in 4 days'),
    name('Sold since 2012'),
    ({ v }: { v: string }) => (v.startsWith('Sold') ? 'discontinued' : v),
  ],
]
