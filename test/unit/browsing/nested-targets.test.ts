import { expect, it } from 'vitest'
import type { CdpLink } from '../../../src/browser/index.ts'
import { NestedTargets } from '../../../src/browsing/local/nested-targets.ts'

it('lets a shared worker go that a page starts again, which Chromium holds for it', async () => {
  const handlers = new Map<string, (event: Record<string, unknown>) => void>()
  const sent: string[] = []
  const link: CdpLink = {
    send: async (method, params) => {
      sent.push(`${method} ${JSON.stringify(params)}`)
      return {} as never
    },
    on: (event, handler) => void handlers.set(event, handler),
    close: () => {},
  }
  await new NestedTargets(async () => {}).follow(link)
  const targetInfo = { targetId: '1', type: 'shared_worker', url: 'https://app.example/worker.js' }
  handlers.get('Target.attachedToTarget')?.({ sessionId: 's', targetInfo })
  const isLetGo = () => sent.some((one) => one.includes('Runtime.runIfWaitingForDebugger'))
  expect(isLetGo()).toBe(false)
  const message = JSON.stringify({ method: 'Inspector.targetReloadedAfterCrash', params: {} })
  handlers.get('Target.receivedMessageFromTarget')?.({ sessionId: 's', message })
  expect(isLetGo()).toBe(true)
})
