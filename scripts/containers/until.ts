import { setTimeout as pause } from 'node:timers/promises'

const PAUSE_MS = 250

/** Asks again and again until the answer is yes. @throws Error that names what did not come about */
export async function until(
  what: string,
  withinMs: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const late = performance.now() + withinMs
  let problem = ''
  for (;;) {
    try {
      if (await ask()) return
    } catch (error) {
      problem = `: ${error instanceof Error ? error.message : error}`
    }
    if (performance.now() > late) throw new Error(`not within ${withinMs / 1_000} s: ${what}${problem}`)
    await pause(PAUSE_MS)
  }
}
