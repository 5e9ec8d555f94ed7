import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isOnejarError, type OnejarError, parseOptions } from '../../../src/core/index.ts'

const schema = z.strictObject({
  timeoutMs: z.number().positive().default(30_000),
  browser: z
    .strictObject({ headless: z.boolean().optional(), args: z.array(z.string()).optional() })
    .optional(),
})

function issuesOf(value: unknown): OnejarError {
  try {
    parseOptions(schema, value, 'openBroker()')
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_BAD_OPTIONS')) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parseOptions', () => {
  it('fills in defaults, also for no options at all', () => {
    expect(parseOptions(schema, undefined, 'x')).toEqual({ timeoutMs: 30_000 })
    expect(parseOptions(schema, null, 'x')).toEqual({ timeoutMs: 30_000 })
    expect(parseOptions(schema, { timeoutMs: 5 }, 'x')).toEqual({ timeoutMs: 5 })
  })

  it('refuses what cannot be read, also where its kind would be described', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const value of [proxy, { timeoutMs: proxy }, { browser: { args: proxy } }])
      expect(issuesOf(value).message).toContain('openBroker()')
  })

  it('reports every issue at once, each with its path', () => {
    const error = issuesOf({ timeoutMs: -1, browser: { headless: 'no', args: ['a', 2] } })
    expect(error.message).toMatch(/^openBroker\(\): /)
    const issues = error.details['issues'] as string[]
    expect(issues.map((issue) => issue.split(': ')[0])).toEqual([
      'timeoutMs',
      'browser.headless',
      'browser.args.1',
    ])
    for (const issue of issues) expect(error.message).toContain(issue)
  })

  it('refuses and names an unknown key', () => {
    expect(issuesOf({ timeoutMS: 5 }).message).toContain('timeoutMS')
    expect(issuesOf({ browser: { headles: true } }).message).toMatch(/browser: .*headles/)
  })

  it('does not repeat a refused value, which may be a secret', () => {
    expect(issuesOf({ timeoutMs: 'canary-5d1f', browser: 'canary-5d1f' }).message).not.toContain(
      'canary-5d1f',
    )
  })

  it('names what is wrong within the one of several forms that was meant', () => {
    const either = z.strictObject({
      retry: z.union([z.literal(false), z.strictObject({ attempts: z.number().min(1) })]).optional(),
    })
    const messageOf = (value: unknown) => {
      try {
        return parseOptions(either, value, 'x')
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(messageOf({ retry: { attempts: 0 } })).toMatch(/^x: retry\.attempts: /)
    expect(messageOf({ retry: { attempts: 1, tries: 2 } })).toMatch(/^x: retry: .*tries/)
    expect(messageOf({ retry: 'often' })).toMatch(/^x: retry: /)
    expect(messageOf({ retry: false })).toEqual({ retry: false })
  })
})
