import { OnejarError } from '../../core/index.ts'
import { within } from '../devtools/within.ts'
import { BROWSER_COMMANDS, isLacking, type LackingCommand, PAGE_COMMANDS } from './needed-commands.ts'

/** The answer to a command, as it came. */
export interface Answer {
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code?: unknown; readonly message?: unknown }
}

/** Sends a command to the browser, or to a target that is attached to. Never rejects. */
export type Ask = (method: string, params: Record<string, unknown>, sessionId?: string) => Promise<Answer>

/** One that filters commands may leave them unanswered. */
const ANSWER_MS = 5_000

/**
 * Finds out which DevTools commands the other end does not carry out, by sending each of those that are needed once: those of a page to
 * an empty one in a context of its own, which is gone afterwards.
 *
 * @returns those that can be done without
 * @throws OnejarError ONEJAR_BROWSER_LIMITED naming those that cannot; Error where it does not answer at all
 */
export async function lackingCommands(ask: Ask): Promise<readonly LackingCommand[]> {
  const inTime: Ask = async (method, params, sessionId) => {
    const answer = await within(ANSWER_MS, ask(method, params, sessionId))
    return answer ?? { error: { message: 'not supported: no answer' } }
  }
  const assertAnswers = async () => {
    const { result } = await inTime('Browser.getVersion', {})
    if (result === undefined) throw new Error('The browser does not answer')
  }
  await assertAnswers()
  try {
    return await lackingOf(inTime)
  } catch (error) {
    // One that stands still or is gone lacks nothing.
    await assertAnswers()
    throw error
  }
}

async function lackingOf(ask: Ask): Promise<readonly LackingCommand[]> {
  const need = async (method: string, params: Record<string, unknown>) => {
    const { result } = await ask(method, params)
    if (result === undefined) throw limited([method])
    return result
  }
  await need('Target.setDiscoverTargets', { discover: false })
  const { browserContextId } = await need('Target.createBrowserContext', { disposeOnDetach: true })
  const own = { browserContextId }
  let lacking: readonly LackingCommand[]
  try {
    const { targetId } = await need('Target.createTarget', { url: 'about:blank', ...own })
    const { sessionId } = await need('Target.attachToTarget', { targetId, flatten: true })
    lacking = await probe(ask, own, String(sessionId))
    await need('Target.closeTarget', { targetId })
  } catch (error) {
    await ask('Target.disposeBrowserContext', own)
    throw error
  }
  await need('Target.disposeBrowserContext', own)
  return lacking
}

async function probe(ask: Ask, own: Record<string, unknown>, sessionId: string) {
  const all = [
    ...BROWSER_COMMANDS.map((command) => ({
      command,
      asking: ask(command.method, { ...command.params, ...own }),
    })),
    ...PAGE_COMMANDS.map((command) => ({
      command,
      asking: ask(command.method, { ...command.params }, sessionId),
    })),
  ]
  const missing: string[] = []
  const lacking: LackingCommand[] = []
  for (const { command, asking } of all) {
    if (!isLacking(command, await asking)) continue
    const { method, without } = command
    if (without === undefined) missing.push(method)
    else lacking.push({ method, without })
  }
  if (missing.length > 0) throw limited(missing)
  return lacking
}

function limited(commands: readonly string[]): OnejarError {
  const what = `The browser at the DevTools endpoint does not carry out ${commands.join(', ')}`
  return new OnejarError('ONEJAR_BROWSER_LIMITED', what, { details: { commands } })
}
