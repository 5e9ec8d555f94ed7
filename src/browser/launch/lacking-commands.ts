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

/** Those who filter commands may leave them unanswered; a machine with too much to do answers late. */
const ANSWER_MS = 15_000

/** As `Ask`; undefined where no answer comes in time. */
type AskInTime = (...command: Parameters<Ask>) => Promise<Answer | undefined>

/**
 * Finds out which DevTools commands the other end does not carry out, by sending each of those that are needed once: those of a page to
 * an empty one in a context of its own, which is gone afterwards.
 *
 * @returns those that can be done without
 * @throws OnejarError ONEJAR_BROWSER_LIMITED naming those that cannot; ONEJAR_BROWSER_FAILED where it leaves them unanswered only, which
 * may be otherwise in another browser; Error where it does not answer at all
 */
export async function lackingCommands(ask: Ask): Promise<readonly LackingCommand[]> {
  const inTime: AskInTime = (...command) => within(ANSWER_MS, ask(...command))
  const assertAnswers = async () => {
    const answer = await inTime('Browser.getVersion', {})
    if (answer?.result === undefined) throw new Error('The browser does not answer')
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

async function lackingOf(ask: AskInTime): Promise<readonly LackingCommand[]> {
  const need = async (method: string, params: Record<string, unknown>) => {
    const answer = await ask(method, params)
    if (answer?.result === undefined) throw missing([method], answer === undefined)
    return answer.result
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

async function probe(ask: AskInTime, own: Record<string, unknown>, sessionId: string) {
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
  const needed: string[] = []
  let refused = 0
  const lacking: LackingCommand[] = []
  for (const { command, asking } of all) {
    const answer = await asking
    if (!isLacking(command, answer)) continue
    const { method, without } = command
    if (without !== undefined) lacking.push({ method, without })
    else {
      needed.push(method)
      if (answer !== undefined) refused++
    }
  }
  if (needed.length > 0) throw missing(needed, refused === 0)
  return lacking
}

/** @param isSilent - whether nobody has said that they are not carried out */
function missing(commands: readonly string[], isSilent: boolean): OnejarError {
  const what = isSilent ? 'leaves commands unanswered' : 'does not carry out'
  return new OnejarError(
    isSilent ? 'ONEJAR_BROWSER_FAILED' : 'ONEJAR_BROWSER_LIMITED',
    `The browser at the DevTools endpoint ${what}: ${commands.join(', ')}`,
    { details: { commands } },
  )
}
