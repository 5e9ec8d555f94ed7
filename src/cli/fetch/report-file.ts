import type { Session } from '../../client/index.ts'
import { Output } from '../output.ts'

/**
 * Watches a session for `--report FILE`.
 *
 * @returns what writes the file, for its owner only
 */
export function watchForReport(session: Session, path: string, urls: readonly string[]): () => Promise<void> {
  const report = session.report()
  return async () => {
    report.stop()
    const file = Output.toFile(path, { secret: true })
    await file.write(report.html({ title: `onejar fetch ${shown(urls)}` })).catch(() => {})
    await file.close()
  }
}

/** A host says enough: a path may be long, and a query secret. */
function shown(urls: readonly string[]): string {
  const [first = ''] = urls
  return urls.length === 1 ? URL.parse(first)?.host || 'of a URL' : `of ${urls.length} URLs`
}
