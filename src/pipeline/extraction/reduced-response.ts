import { extractFields, type FieldSelectors } from '../../compliance/index.ts'
import { ignore } from '../../core/index.ts'
import { runSteps, TooManyElements, TooMuchText } from '../../document/index.ts'
import { bufferedBody } from '../../http/index.ts'
import type { RoutedResponse } from '../../routing/index.ts'
import { extractFailure } from './body-text.ts'

/** A response with a value as JSON in place of its body. */
export function reducedTo(response: RoutedResponse, value: unknown): RoutedResponse {
  return withText(response, JSON.stringify(value) ?? 'null')
}

/** One that is no success: without its body, which is not read. */
export function reducedToNothing(response: RoutedResponse): RoutedResponse {
  response.body.on('error', ignore).destroy()
  return withText(response, '')
}

export function isSuccess({ statusCode }: Pick<RoutedResponse, 'statusCode'>): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** What selectors find in a document. @throws OnejarError ONEJAR_EXTRACT_FAILED */
export async function fieldsOf(html: string, fields: FieldSelectors, url: URL, over?: () => void) {
  try {
    return await runSteps(extractFields(html, fields), over)
  } catch (error) {
    if (error instanceof TooManyElements || error instanceof TooMuchText)
      throw extractFailure(url, error.message)
    throw error
  }
}

function withText(response: RoutedResponse, text: string): RoutedResponse {
  const headers = { 'content-type': 'application/json' }
  const body = bufferedBody(Buffer.from(text), headers)
  return { ...response, headers, wireHeaders: headers, trailers: {}, body }
}
