import { type Contents, valueIn } from './contents.ts'
import type { FleetMessage, Written } from './messages.ts'

/**
 * The acknowledged writes that are missing at the end: what is there instead was certainly written before them, or by
 * nobody.
 *
 * @param fleet - what each process said, from its start to its end
 * @param held - the sessions as they are in the end
 */
export function findLost(
  fleet: readonly (readonly FleetMessage[])[],
  held: Readonly<Record<string, Contents>>,
): string[] {
  const places = new Map<string, { readonly written: Written; readonly isSafe: boolean }[]>()
  for (const said of fleet) {
    const safe = new Map<number, number>()
    for (const message of said) {
      if (message.type === 'flushed') {
        safe.set(message.instance, Math.max(message.number, safe.get(message.instance) ?? 0))
      }
    }
    for (const message of said) {
      if (message.type !== 'written') continue
      const place = `${message.session}\n${message.key}`
      const isSafe = message.number <= (safe.get(message.instance) ?? 0)
      places.set(place, [...(places.get(place) ?? []), { written: message, isSafe }])
    }
  }
  const lost: string[] = []
  for (const [place, writes] of places) {
    const [session = '', key = ''] = place.split('\n')
    const value = valueIn(held[session] ?? {}, key)
    const found = writes.filter(({ written }) => written.value === value)
    const latest = Math.max(...found.map(({ written }) => written.to))
    for (const { written, isSafe } of writes) {
      if (isSafe && written.from > latest) lost.push(`${session} ${key}: ${written.value}, not ${value}`)
    }
    if (found.length === 0 && value !== null) lost.push(`${session} ${key}: ${value} was written by nobody`)
  }
  return lost
}
