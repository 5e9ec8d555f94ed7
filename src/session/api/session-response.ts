import type { RoutedResponse } from '../../routing/index.ts'

/** undici's shape of a response, and which way it came. */
export type SessionResponse = Pick<
  RoutedResponse,
  'statusCode' | 'statusText' | 'headers' | 'trailers' | 'body' | 'url' | 'redirected' | 'httpVersion' | 'via'
>
