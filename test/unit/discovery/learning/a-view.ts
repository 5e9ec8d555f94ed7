import { dataIn } from '../../../../src/discovery/data-documents.ts'
import {
  type FieldValues,
  type PageView,
  pageView,
  type RecordedExchange,
} from '../../../../src/discovery/index.ts'
import { anExchange } from '../an-exchange.ts'

export const json = (url: string, data: unknown, given: Partial<RecordedExchange> = {}) =>
  anExchange({ url, body: JSON.stringify(data), ...given })

/** A rendered page, its fields, and what it asked for. */
export async function aView(
  url: string,
  values: FieldValues,
  exchanges: readonly RecordedExchange[],
  selected: FieldValues = {},
): Promise<PageView> {
  const viewed = exchanges.map(async (exchange) => ({
    exchange,
    data: await dataIn(exchange.body ?? '', exchange.mediaType),
    selected: new Map(exchange.mediaType === 'text/html' ? Object.entries(selected) : []),
  }))
  return pageView(new URL(url), values, await Promise.all(viewed))
}
