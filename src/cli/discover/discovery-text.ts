import type { DiscoveredRequest, Discovery } from '../../discovery/index.ts'
import { printable } from '../printable.ts'
import { Style } from '../style.ts'
import { table } from '../table.ts'

const MAX_ROWS = 10
const MAX_FIELDS = 8

/** What was found, for people: a table of the requests, the details of the best one, and what makes it. */
export function discoveryText(
  { requests, missing, seen, left, writes }: Discovery,
  style = Style.plain,
): string {
  const parts: string[] = []
  if (requests.length > 0)
    parts.push(
      table(['SCORE', 'HTTP', 'HOLDS', 'METHOD', 'URL'], requests.slice(0, MAX_ROWS).map(rowOf), style),
    )
  else parts.push('no request of the page holds what is wanted\n')
  const best = requests.find(({ fields }) => fields.length > 0)
  if (best) parts.push(detailsOf(best, style))
  if (missing.length > 0) parts.push(`not found: ${missing.map(printable).join(', ')}\n`)
  if (writes.length > 0)
    parts.push(`not looked into, as they may change something: ${writes.map(printable).join(', ')}\n`)
  parts.push(
    `${seen} requests seen${left > 0 ? `, ${left} of them too many or too large to be looked into` : ''}\n`,
  )
  return parts.join('\n')
}

function rowOf({ score, replayable, fields, method, url, operation }: DiscoveredRequest): string[] {
  const name = operation === null ? url : `${url} (${operation})`
  return [String(score), replayable ? 'yes' : 'no', String(fields.length), method, name]
}

function detailsOf(request: DiscoveredRequest, style: Style): string {
  const { fields, parameters, headers, paging, reasons, why, typescript, curl } = request
  const rows = fields
    .slice(0, MAX_FIELDS)
    .map(({ want, document, path, format }) => [want, [document, path].filter(Boolean).join(' '), format])
  const lines = [
    table(['WANTED', 'WHERE', 'WRITTEN AS'], rows, style),
    ...parameters.map(({ place, from }) => `${place} is ${from} of the page\n`),
    ...headers.map(
      ({ name, from, source }) =>
        `header ${name}: ${source ?? (from === 'constant' ? 'the same each time' : 'the page’s script')}\n`,
    ),
    ...(paging === null
      ? []
      : [
          `pages by ${[paging.by, paging.parameter, paging.next].filter((one) => one !== null).join(', ')}\n`,
        ]),
    ...reasons.map((reason) => `- ${reason}\n`),
  ].map((line, at) => (at === 0 ? line : `${printable(line.slice(0, -1))}\n`))
  if (why !== null) return lines.join('')
  return `${lines.join('')}\n${linesOf(typescript)}\n${linesOf(curl)}`
}

/** Lines that a site had a say in, each for itself. */
function linesOf(text: string | null): string {
  return text === null ? '' : `${text.trimEnd().split('\n').map(printable).join('\n')}\n`
}
