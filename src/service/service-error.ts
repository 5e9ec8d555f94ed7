/** What the service itself refuses, with its status; what the library refuses has the codes of `ERRORS`. */
export const SERVICE_ERRORS = {
  UNAUTHORISED: {
    status: 401,
    meaning: 'The token is missing or wrong.',
    advice: 'Send the service’s token, or your tenant’s, as Authorization: Bearer TOKEN.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'This is not for you: another tenant’s, for who sees all tenants, or a request that a web page may have made.',
    advice:
      'Use the token that it belongs to; without a token, ask from a program and under the name localhost.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'There is no such endpoint, session or other thing.',
    advice: 'Compare the path with openapi.json, and the id with the list.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The endpoint has no such method.',
    advice: 'The Allow header names those that it has.',
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    meaning: 'The body of the request is larger than 16 MiB.',
    advice: 'Send less at once.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body of the request is not JSON, or does not say so.',
    advice: 'Send JSON with the header Content-Type: application/json.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    meaning: 'As many streams of events are open as the service keeps.',
    advice: 'Close one that is not needed, or follow a whole tenant with one stream.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    meaning: 'What came is no HTTP request, path or JSON that can be read.',
    advice: 'Percent-encode ids in the path, and send well-formed JSON.',
  },
  INTERNAL: {
    status: 500,
    meaning: 'Something unexpected happened in the service.',
    advice: 'Its log has the class of the error.',
  },
} as const

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS

/** A refusal of the service itself. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode
  readonly headers: Readonly<Record<string, string>>

  /** @param message - a sentence without secrets */
  constructor(code: ServiceErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'ServiceError'
    this.code = code
    this.headers = headers
  }
}
