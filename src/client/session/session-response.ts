import type { RoutedResponse } from '../../routing/index.ts'

/** undici's shape of a response, which way it came, and what it is taken for (undefined where nobody looked). */
export type SessionResponse = Pick<
  RoutedResponse,
  | 'statusCode'
  | 'statusText'
  | 'headers'
  | 'trailers'
  | 'body'
  | 'url'
  | 'redirected'
  | 'httpVersion'
  | 'via'
  | 'verdict'
>
