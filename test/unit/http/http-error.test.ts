import { errors } from 'undici'
import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { toAbortError, toHttpError } from '../../../src/http/http-error.ts'

const url = new URL('https://user:canary@shop.test/path?token=canary#canary')
const withCode = (code: string) => Object.assign(new Error('message'), { code })

describe('toHttpError', () => {
  it.each([
    [withCode('ECONNREFUSED'), 'ONEJAR_NETWORK'],
    [withCode('CERT_HAS_EXPIRED'), 'ONEJAR_TLS'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'ONEJAR_TLS'],
    [withCode('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'ONEJAR_TLS'],
    [new AggregateError([withCode('ENETUNREACH')]), 'ONEJAR_NETWORK'],
    [new errors.SocketError('other side closed'), 'ONEJAR_NETWORK'],
    [new errors.HeadersTimeoutError(), 'ONEJAR_TIMEOUT'],
    [new errors.BodyTimeoutError(), 'ONEJAR_TIMEOUT'],
    [new errors.ConnectTimeoutError(), 'ONEJAR_TIMEOUT'],
    [new errors.HeadersOverflowError(), 'ONEJAR_BAD_RESPONSE'],
    [new errors.ResponseContentLengthMismatchError(), 'ONEJAR_BAD_RESPONSE'],
    [new errors.ResponseExceededMaxSizeError(), 'ONEJAR_BODY_TOO_LARGE'],
    [withCode('ERR_HTTP2_STREAM_ERROR'), 'ONEJAR_BAD_RESPONSE'],
    [new errors.InvalidArgumentError('invalid x header'), 'ONEJAR_BAD_INPUT'],
    [new errors.ClientDestroyedError(), 'ONEJAR_CLOSED'],
    [new errors.RequestAbortedError(), 'ONEJAR_ABORTED'],
    ['a string', 'ONEJAR_NETWORK'],
    [null, 'ONEJAR_NETWORK'],
  ])('%s', (error, code) => {
    const mapped = toHttpError(error, url)
    expect([mapped.code, mapped.cause]).toEqual([code, error])
    expect(mapped.message).not.toContain('canary')
  })

  it('leaves an OnejarError as it is', () => {
    const error = new OnejarError('ONEJAR_TIMEOUT', 'x')
    expect(toHttpError(error, url)).toBe(error)
    expect(toAbortError(error, url)).toBe(error)
  })

  it('keeps the bytes of a broken response out', () => {
    const Broken = errors.HTTPParserError as unknown as new (
      message: string,
      code: string,
      data: string,
    ) => Error
    const mapped = toHttpError(new Broken('bad', 'INVALID', 'Set-Cookie: canary'), url)
    expect(mapped.code).toBe('ONEJAR_BAD_RESPONSE')
    expect(JSON.stringify({ ...(mapped.cause as Error) })).not.toContain('canary')
  })
})

describe('toAbortError', () => {
  it('tells a timeout from a wish', () => {
    expect(toAbortError(new DOMException('', 'TimeoutError'), url).code).toBe('ONEJAR_TIMEOUT')
    expect(toAbortError(new DOMException('', 'AbortError'), url).code).toBe('ONEJAR_ABORTED')
    expect(toAbortError(undefined, url).code).toBe('ONEJAR_ABORTED')
  })
})
