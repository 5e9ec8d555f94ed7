import type { DataRoute } from '../../record/index.ts'
import { pathText, sourceText } from '../json-path.ts'
import { isIdle } from './needed-requests.ts'
import { patternText } from './page-pattern.ts'

/** A route for people: a line for the pages, one for each part of a request, and one for each field. It holds no values and no queries. */
export function explainedRoute(route: DataRoute): string[] {
  const { pattern, requests, fields } = route
  const named = requests.map(({ method, url, isPage }) =>
    isPage ? 'the page itself' : `${method} ${new URL(url).origin}${new URL(url).pathname}`,
  )
  return [
    `pages ${patternText(pattern)}`,
    ...requests.flatMap(({ parts }, at) =>
      isIdle(route, at)
        ? []
        : parts.map(({ place, from }) => `${named[at]}: ${place.join('.')} is ${sourceText(from)}`),
    ),
    ...fields.map(({ name, readings }) => {
      const places = readings.map(({ request, document, path }) =>
        [document, document === 'html' ? '' : pathText(path), 'of', named[request]].filter(Boolean).join(' '),
      )
      return `${name}: ${[...new Set(places)].join(', and ')}`
    }),
  ]
}
