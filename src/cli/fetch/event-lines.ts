import { eventWords } from '../../report/index.ts'
import type { SessionEvent } from '../../routing/index.ts'

/** What happened in a session, as lines for people. They hold no secret: the events hold none. */
export function eventLines(event: SessionEvent): string[] {
  switch (event.type) {
    case 'request':
      return [
        `${event.via}: ${event.method} ${event.url} ${event.status} (${event.verdict}) in ${Math.round(event.ms)} ms`,
      ]
    case 'challenge':
      return [
        `challenge: ${event.verdict}${event.vendor === null ? '' : ` by ${event.vendor}`} at ${event.url}`,
        ...event.evidence.map(
          ({ verdict, weight, vendor, signal, note }) =>
            `  ${verdict} +${weight.toFixed(2)} ${vendor ?? 'any'}/${signal}: ${note}`,
        ),
      ]
    case 'solve-start':
      return [`solve: the browser goes to ${event.url}: ${event.reason}`]
    case 'solve-end':
      return [`solve: ${event.outcome} after ${Math.round(event.ms)} ms: ${event.reason}`]
    case 'drop-back':
      return [`drop back: ${event.url}: ${event.reason}`]
    case 'route':
      return [`route: ${event.origin} goes by ${event.via}: ${event.reason}`]
    case 'mistaken':
      return [`no challenge: ${event.url} was taken for ${event.verdict} by mistake`]
    case 'unverified':
      return [`not verified: ${event.url} looks like ${event.verdict}, and may be the page: ${event.reason}`]
    case 'waiting-room': {
      const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`
      const wait = event.estimatedWaitMs === null ? 'how long is not known' : seconds(event.estimatedWaitMs)
      const again = event.askAgainMs === null ? '' : `, asked again after ${seconds(event.askAgainMs)}`
      return [`waiting room: a place in line at ${event.url}: ${wait}${again}`]
    }
    case 'blocked':
      return [`blocked: ${event.origin} (${event.verdict}): ${event.reason}`]
    default:
      return [otherLine(event)]
  }
}

/** What people do not look for in lines like these, in the words of the report. */
function otherLine(event: SessionEvent): string {
  const { title, words } = eventWords(event)
  return `${title.toLowerCase()}: ${words}`
}
