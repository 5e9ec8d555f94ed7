import type { ChangeSource, Entry } from '../record/index.ts'
import { splitLocalId, timeToMs } from '../record/index.ts'
import { clip } from './clip.ts'
import type { ReportChange } from './report-data.ts'

const WRITERS: Readonly<Record<string, string>> = {
  api: 'a call of the library',
  http: 'a response over HTTP',
  store: 'another process, by the store',
  router: 'the router',
}

/** Who makes a change, in words. */
export function writerOf({ name }: ChangeSource): string {
  return WRITERS[name] ?? (name.startsWith('context ') ? 'a page in the browser' : name)
}

/** A change of a cookie or a localStorage item without its value; undefined for entries of other kinds. */
export function changeOf(entry: Entry, source: ChangeSource): ReportChange | undefined {
  const at = timeToMs(entry.stamp.time)
  const deed = entry.value === null ? 'removed' : 'written'
  const by = writerOf(source)
  if (entry.kind === 'cookie') {
    const [domain = '', path = '', name = ''] = entry.id.split('\n')
    return { at, what: 'cookie', deed, name: clip(name, 100), where: clip(domain + path, 200), by }
  }
  if (entry.kind !== 'local') return undefined
  const { origin, key } = splitLocalId(entry.id)
  return { at, what: 'localStorage', deed, name: clip(key, 100), where: clip(origin, 200), by }
}
