import type { Stage } from '../../routing/index.ts'

/** What a response changed is in the store before anybody gets it; where it cannot be, nobody does. */
export function persisting(flush: () => Promise<void>): Stage {
  return (next) => async (request) => {
    const response = await next(request)
    try {
      await flush()
    } catch (error) {
      response.body.on('error', () => {}).destroy()
      throw error
    }
    return response
  }
}
