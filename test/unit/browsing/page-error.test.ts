import { describe, expect, it } from 'vitest'
import { withoutUrls } from '../../../src/browsing/local/page-error.ts'

describe('an error of Playwright', () => {
  it('keeps what Chromium calls the failure, and nothing of the URL', () => {
    const cause = new Error(
      'page.goto: net::ERR_HTTP2_PROTOCOL_ERROR at https://a.example/b?c=d\nCall log:\n  - x',
    )
    const kept = withoutUrls(cause)
    expect(kept.message).toBe('page.goto: net::ERR_HTTP2_PROTOCOL_ERROR at https://…')
    expect(kept).toMatchObject({ code: 'ERR_HTTP2_PROTOCOL_ERROR' })
  })

  it('has no code where it is of something else', () => {
    expect(withoutUrls(new Error('page.goto: Target closed'))).not.toHaveProperty('code')
  })
})
