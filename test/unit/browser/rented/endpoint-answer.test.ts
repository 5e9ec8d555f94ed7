import { describe, expect, it } from 'vitest'
import { endpointAnswer } from '../../../../src/browser/rented/endpoint-answer.ts'
import { errorOf } from '../../../support/broker.ts'

const release = () => {}

describe('what browser.endpoint() returns', () => {
  it.each(['ws://127.0.0.1:9222/devtools/browser/1', 'wss://farm.example/?token=t', 'http://10.0.0.1:9222'])(
    'is taken: %s',
    (url) => {
      const answer = endpointAnswer({ url, release, region: 'more than is asked for' })
      expect(answer.url()).toBe(url)
      expect(answer.release).toBeTypeOf('function')
    },
  )

  it.each([
    ['nothing', undefined, 'it returned undefined'],
    ['a text', 'ws://farm.example/?token=secret', 'it returned of type string'],
    ['no url', { release }, 'there is no url'],
    ['a url that is no text', { url: new URL('ws://farm.example/secret'), release }, 'url is of type object'],
    ['a url that is none', { url: 'secret', release }, 'url is no address'],
    ['a URL of something else', { url: 'ftp://farm.example/secret', release }, 'url is no address'],
    ['no release', { url: 'ws://farm.example/secret' }, 'there is no release'],
    [
      'a release that is no function',
      { url: 'ws://farm.example/secret', release: 'secret' },
      'release is of',
    ],
  ])('is refused with what to return, and without the value: %s', async (_, value, why) => {
    const error = await errorOf(async () => endpointAnswer(value).url())
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain(why)
    expect(error.message).toContain('return { url, release }')
    expect(error.message).not.toContain('secret')
  })

  it('has its release where only the url is wrong: the browser is given back all the same', () => {
    expect(endpointAnswer({ url: 3, release }).release).toBeTypeOf('function')
    expect(endpointAnswer({ url: 'ws://farm.example' }).release).toBeUndefined()
  })

  it('is refused where it cannot be read', async () => {
    const value = {
      release,
      get url(): string {
        throw new Error('secret')
      },
    }
    const error = await errorOf(async () => endpointAnswer(value).url())
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).not.toContain('secret')
  })

  it('is released as a method of what was returned', () => {
    const rented = {
      url: 'ws://farm.example',
      times: 0,
      release() {
        this.times++
      },
    }
    endpointAnswer(rented).release?.()
    expect(rented.times).toBe(1)
  })
})
