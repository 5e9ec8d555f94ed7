import { afterEach, describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/browser/index.ts'
import { openBroker } from '../../../src/index.ts'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'

afterEach(() => vi.unstubAllEnvs())

describe('where there is no display', () => {
  it('a browser with a window says what it lacks', async () => {
    vi.stubEnv('DISPLAY', undefined)
    vi.stubEnv('WAYLAND_DISPLAY', undefined)
    const error = await errorOf(openBrowser({ headless: false }))
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    expect(error.message).toMatch(/needs a display.*DISPLAY.*xvfb-run/)
  })

  it('a person who cannot be shown a CAPTCHA is no secret: the error has the cause', async () => {
    vi.stubEnv('DISPLAY', undefined)
    vi.stubEnv('WAYLAND_DISPLAY', undefined)
    await using gate = await startGate('captcha')
    const options = { browser: { headless: false }, onChallenge: () => {} }
    await using broker = await memoryBroker(options, { openBrowser })
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(gate.origin))
    expect([error.code, (error.cause as Error).message]).toEqual([
      'ONEJAR_CAPTCHA',
      expect.stringContaining('needs a display'),
    ])
  })

  it('one that does not start for another reason says nothing of it', async () => {
    vi.stubEnv('DISPLAY', ':99')
    const { message } = await errorOf(openBrowser({ headless: false, executablePath: '/bin/false' }))
    expect(message).toContain('/bin/false did not start')
    expect(message).not.toContain('display')
  })
})

describe('where there is no Chromium', () => {
  it('plain HTTP works, and the error of what needs one says so', async () => {
    using folder = temporaryFolder()
    vi.stubEnv('PATH', folder.path)
    vi.stubEnv('PLAYWRIGHT_BROWSERS_PATH', folder.path)
    vi.stubEnv('ONEJAR_CHROMIUM', undefined)
    await using gate = await startGate('open')
    await using broker = await memoryBroker({}, { openBrowser })
    const session = await broker.session('a')
    expect((await session.fetch(gate.origin)).status).toBe(200)
    await session.cookies.set('a=1', gate.origin)
    expect((await session.export('netscape')).text).toContain('a\t1')
    const error = await errorOf(session.page())
    expect(error.code).toBe('ONEJAR_BROWSER_NOT_FOUND')
    expect(error.message).toMatch(/plain HTTP works without one.*playwright install/)
    gate.kind = 'cookie'
    expect((await errorOf(session.fetch(gate.origin))).code).toBe('ONEJAR_BROWSER_NOT_FOUND')
  })
})

describe('an option that is nearly right', () => {
  it.each([
    [{ timeout: 1 }, 'timeoutMs'],
    [{ Store: 'memory' }, 'store'],
    [{ proxys: [] }, 'proxy'],
    [{ robot: false }, 'robots'],
    [{ browser: { headles: true } }, 'headless'],
    [{ retry: { attempt: 2 } }, 'attempts'],
    [{ queue: { url: 'redis://a', waitms: 1 } }, 'waitMs'],
  ])('%j is answered with %s', async (options, nearest) => {
    const { code, message } = await errorOf(openBroker(options as never))
    expect([code, message]).toEqual([
      'ONEJAR_BAD_OPTIONS',
      expect.stringContaining(`the nearest is ${nearest}`),
    ])
  })

  it.each([
    [{ header: {} }, 'headers'],
    [{ timeoutMS: 1 }, 'timeoutMs'],
    [{ retries: 2 }, 'retry'],
    [{ omitHeader: [] }, 'omitHeaders'],
    [{ context: { initiater: 'null' } }, 'initiator'],
  ])('of a request, %j with %s', async (options, nearest) => {
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const { message } = await errorOf(session.fetch('http://127.0.0.1:1/', options as never))
    expect(message).toContain(`the nearest is ${nearest}`)
  })
})
