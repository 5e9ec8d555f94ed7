import type { PageSource, Pick } from '../record/index.ts'

/** A part of a page's URL. */
export interface PagePart {
  readonly source: PageSource
  readonly value: string
}

const PICKS: readonly Pick[] = ['whole', 'stem', 'last-digits', 'first-digits', 'last-word']
const MAX_PARTS = 64

/** The segments of a path, decoded; one that is not encoded as it should be stays as it is. */
export function segmentsOf(path: string): string[] {
  return path.split('/').slice(1).map(decoded)
}

/** The segments of a fragment that is a path (`#/product/5`), as single-page applications have it; none of any other. */
export function fragmentSegments(hash: string): string[] {
  const path = hash.replace(/^#!?/, '').split('?', 1)[0] as string
  return path.startsWith('/') ? segmentsOf(path) : []
}

/** Every part of a page's URL that an id can be, the plainest first. */
export function partsOfPage(url: URL): PagePart[] {
  const wholes: [PageSource, string][] = [
    ...segmentsOf(url.pathname).map(
      (text, index) => [{ of: 'path', index, pick: 'whole' }, text] as [PageSource, string],
    ),
    ...[...url.searchParams].map(
      ([name, text]) => [{ of: 'query', name, pick: 'whole' }, text] as [PageSource, string],
    ),
    ...fragmentSegments(url.hash).map(
      (text, index) => [{ of: 'fragment', index, pick: 'whole' }, text] as [PageSource, string],
    ),
  ]
  const parts: PagePart[] = []
  for (const pick of PICKS) {
    for (const [source, text] of wholes.slice(0, MAX_PARTS)) {
      const value = picked(text, pick)
      if (value !== undefined && (pick === 'whole' || value !== text))
        parts.push({ source: { ...source, pick }, value })
    }
  }
  return parts.filter(({ value }) => value !== '')
}

/** The value of one part of a page's URL; undefined where it has none. */
export function partOfPage(url: URL, source: PageSource): string | undefined {
  return picked(wholeOf(url, source), source.pick)
}

function wholeOf(url: URL, source: PageSource): string | undefined {
  if (source.of === 'query') return url.searchParams.get(source.name) ?? undefined
  return (source.of === 'path' ? segmentsOf(url.pathname) : fragmentSegments(url.hash))[source.index]
}

function picked(text: string | undefined, pick: Pick): string | undefined {
  if (text === undefined) return undefined
  switch (pick) {
    case 'whole':
      return text
    case 'stem':
      return /^(.+)\.[a-z]{1,5}$/i.exec(text)?.[1]
    case 'first-digits':
      return /^\D{0,64}?(\d{1,32})(?!\d)/.exec(text)?.[1]
    case 'last-digits':
      return /(?:^|\D)(\d{1,32})\D{0,64}$/.exec(text)?.[1]
    case 'last-word':
      return /[-_~.]([A-Za-z\d]{1,64})$/.exec(text)?.[1]
  }
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
