import { describe, expect, it, vi } from 'vitest'
import { type Answer, lackingCommands } from '../../../src/browser/launch/lacking-commands.ts'
import { PAGE_COMMANDS } from '../../../src/browser/launch/needed-commands.ts'
import { errorOf } from '../../support/broker.ts'

const RESULT = { browserContextId: 'C', targetId: 'T', sessionId: 'S' }
const FAILING = new Set(PAGE_COMMANDS.filter(({ fails }) => fails).map(({ method }) => method))

/** A browser that does what Chromium does, but for what is answered otherwise. */
function browser(otherwise: Readonly<Record<string, Answer>> = {}) {
  const asked: string[] = []
  const ask = async (method: string): Promise<Answer> => {
    asked.push(method)
    if (otherwise[method]) return otherwise[method]
    return FAILING.has(method) ? { error: { code: -32602, message: 'Invalid handle' } } : { result: RESULT }
  }
  return { ask, asked }
}

const NO_METHOD: Answer = { error: { code: -32601, message: "'it' wasn't found" } }
const NOT_ALLOWED: Answer = { error: { code: -32000, message: 'This command is not allowed' } }

describe('the DevTools commands that the other end lacks', () => {
  it('are none of Chromium, and the context in which they are asked for is gone afterwards', async () => {
    const { ask, asked } = browser()
    expect(await lackingCommands(ask)).toEqual([])
    expect(asked.at(-1)).toBe('Target.disposeBrowserContext')
  })

  it.each([NO_METHOD, NOT_ALLOWED])('are told with what is lost where it can be done without', async (no) => {
    const { ask } = browser({ 'Runtime.getHeapUsage': no, 'IO.read': no })
    expect((await lackingCommands(ask)).map(({ method }) => method)).toEqual([
      'Runtime.getHeapUsage',
      'IO.read',
    ])
  })

  it('are all named in the error where it cannot', async () => {
    const { ask, asked } = browser({
      'Fetch.enable': NOT_ALLOWED,
      'Storage.setCookies': NO_METHOD,
      'Fetch.continueRequest': NOT_ALLOWED,
    })
    const error = await errorOf(lackingCommands(ask))
    expect(error.code).toBe('ONEJAR_BROWSER_LIMITED')
    expect(error.details).toEqual({
      commands: ['Storage.setCookies', 'Fetch.enable', 'Fetch.continueRequest'],
    })
    expect(asked).toContain('Target.disposeBrowserContext')
  })

  it('may only be late where no answer comes: another browser is tried', async () => {
    vi.useFakeTimers()
    const { ask } = browser()
    const silent = (method: string) =>
      method === 'Fetch.enable' ? new Promise<never>(() => {}) : ask(method)
    const failing = errorOf(lackingCommands(silent))
    await vi.advanceTimersByTimeAsync(20_000)
    vi.useRealTimers()
    expect((await failing).code).toBe('ONEJAR_BROWSER_FAILED')
    expect((await failing).details).toEqual({ commands: ['Fetch.enable'] })
  })

  it('are named where there cannot be a context or a page at all', async () => {
    const { ask } = browser({ 'Target.createBrowserContext': NO_METHOD })
    expect((await errorOf(lackingCommands(ask))).message).toContain('Target.createBrowserContext')
  })

  it('are none of a browser that is gone meanwhile', async () => {
    const { ask } = browser({ 'Target.createTarget': NO_METHOD })
    let versions = 0
    const going = async (method: string) =>
      method === 'Browser.getVersion' && ++versions > 1 ? NO_METHOD : ask(method)
    await expect(lackingCommands(going)).rejects.toThrow('does not answer')
  })
})
