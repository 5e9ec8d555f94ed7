import { describe, expect, it } from 'vitest'
import { type RemoteTasks, WorkerBrowser } from '../../../src/browsing/workers/worker-browser.ts'
import { OnejarError } from '../../../src/core/index.ts'
import type { BegunTask } from '../../../src/queue/index.ts'
import { errorOf } from '../../support/broker.ts'

const LOST = new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'What a worker said was lost on its way')

/** Workers whose line breaks: while the caller says something, or when it listens for the answer. */
function brokenLine(breaks: 'saying' | 'listening') {
  const begun: string[] = []
  const line = {
    send: async () => {
      if (breaks === 'saying') throw LOST
    },
    say() {},
    next: () => Promise.reject(LOST),
  }
  const remote = {
    begin: async ({ kind }: { readonly kind: string }) => {
      begun.push(kind)
      return { line, worker: 'one', close() {} } as unknown as BegunTask
    },
    catchUp: async () => {},
  } as unknown as RemoteTasks
  return { browser: new WorkerBrowser(remote), begun }
}

function fetchBy(browser: WorkerBrowser, method: string, body: Uint8Array | null) {
  const url = new URL('https://shop.example/order?canary')
  const task = { document: url, url, method, headers: [], body, redirect: 'follow' as const }
  return errorOf(browser.fetch(task, { signal: new AbortController().signal }))
}

describe('a fetch in a page of a worker, whose queue goes away', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'is unknown once the worker may have sent a %s',
    async (method) => {
      const { browser, begun } = brokenLine('listening')
      const { code, retry, message } = await fetchBy(browser, method, Buffer.from('order'))
      expect([code, retry]).toEqual(['ONEJAR_OUTCOME_UNKNOWN', 'never'])
      expect(message).toContain(`${method} https://shop.example/order`)
      expect(message).not.toContain('canary')
      expect(begun).toEqual(['fetch'])
    },
  )

  it.each([
    ['that only reads', 'GET', null, 'listening'],
    ['whose body has not arrived there', 'POST', Buffer.from('order'), 'saying'],
  ] as const)('says that the queue is unavailable for one %s', async (_, method, body, breaks) => {
    const { code } = await fetchBy(brokenLine(breaks).browser, method, body)
    expect(code).toBe('ONEJAR_QUEUE_UNAVAILABLE')
  })
})
