import { type ClassifierOptions, classify, explain, type Verdict } from '../../challenge/index.ts'
import { safeUrl } from '../../core/index.ts'
import { type HarResponse, readHar } from '../../har/index.ts'
import { transportAfter } from '../../routing/index.ts'

/** One response of a HAR file, explained. */
export interface ExplainedResponse {
  readonly method: string
  /** Origin and path. */
  readonly url: string
  readonly status: number
  /** The transport by which it came, where the file says so. */
  readonly cameBy: string | null
  readonly verdict: Verdict
  /** The transport that would be used after it; null for none. */
  readonly next: string | null
  readonly why: string
  /** Whether the file has its body: without it less is known. */
  readonly hasBody: boolean
}

export interface ExplainedHar {
  readonly responses: readonly ExplainedResponse[]
  /** Entries without a response, or of another form. */
  readonly skipped: number
}

/** @throws OnejarError ONEJAR_BAD_INPUT, ONEJAR_BAD_OPTIONS */
export function explainHar(bytes: Buffer, options: ClassifierOptions | undefined): ExplainedHar {
  const { responses, skipped } = readHar(bytes)
  return { responses: responses.map((response) => explained(response, options)), skipped }
}

function explained(response: HarResponse, options: ClassifierOptions | undefined): ExplainedResponse {
  const { method, url, status, headers, body, transport } = response
  const verdict = classify({ url: url.href, method, status, headers, body: body ?? '' }, options)
  const { via, words } = transportAfter(method, status, verdict)
  return {
    ...{ method, url: safeUrl(url), status, cameBy: transport, verdict },
    ...{ next: via, why: words, hasBody: body !== null },
  }
}

/** The same as text: a paragraph for each response. */
export function harText({ responses, skipped }: ExplainedHar): string {
  const parts = responses.map(({ method, url, status, cameBy, verdict, why, hasBody }) =>
    [
      `${method} ${url} ${status}${cameBy === null ? '' : ` (by ${cameBy})`}`,
      ...explain(verdict)
        .split('\n')
        .map((line) => `  ${line}`),
      ...(hasBody ? [] : ['  the file does not have its body: only status, headers and URL were looked at']),
      `  next: ${why}`,
    ].join('\n'),
  )
  if (skipped > 0) parts.push(`${skipped} entries have no response that could be explained`)
  return parts.length === 0 ? 'The file has no responses' : parts.join('\n\n')
}
