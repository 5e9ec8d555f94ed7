import { describe, expect, it } from 'vitest'
import { quiet, quietly } from '../../../src/test-runner/quietly.ts'

/** An object of Playwright's, whose calls are steps of a report unless they are made in here. */
class Reported {
  readonly steps: string[] = []
  readonly name = 'a context'
  #internal = false

  async _wrapApiCall<T>(work: () => Promise<T>, options: { internal: boolean }): Promise<T> {
    this.#internal = options.internal
    try {
      return await work()
    } finally {
      this.#internal = false
    }
  }

  async newPage(): Promise<string> {
    if (!this.#internal) this.steps.push('newPage')
    return 'a page'
  }

  async newCDPSession(): Promise<Reported> {
    return this
  }

  pages(): string {
    return this.name
  }
}

describe('a quiet call', () => {
  it('is no step of the report', async () => {
    const context = new Reported()
    await context.newPage()
    expect(await quietly(context, () => context.newPage())).toBe('a page')
    expect(context.steps).toEqual(['newPage'])
  })

  it('is made all the same where Playwright has no way for it', async () => {
    expect(await quietly({}, async () => 'done')).toBe('done')
  })
})

describe('a quiet object', () => {
  it('makes its calls quietly, and those of the DevTools sessions that it opens', async () => {
    const context = new Reported()
    expect(await quiet(context).newPage()).toBe('a page')
    const session = await quiet(context).newCDPSession()
    await session.newPage()
    expect(context.steps).toEqual([])
  })

  it('is otherwise what it was, but for what was replaced', () => {
    const context = new Reported()
    expect(quiet(context).name).toBe('a context')
    expect(quiet(context).pages()).toBe('a context')
    expect(quiet(context, { pages: () => 'replaced' }).pages()).toBe('replaced')
  })
})
