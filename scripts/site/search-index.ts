import { plainText } from './render-markdown.ts'

/** Of a section: page, title of the page, id of the heading, the heading, the text beneath it. */
export type SearchEntry = readonly [page: string, title: string, id: string, heading: string, text: string]

/** The sections of a page, for the search. */
export function searchEntries(page: string, title: string, html: string): SearchEntry[] {
  const parts = html.split(/(?=<h[1-3] id=")/)
  return parts.flatMap((part): SearchEntry[] => {
    const [, id = '', heading = ''] = /^<h[1-3] id="([^"]*)">(.*?) <a class="anchor"/.exec(part) ?? []
    const text = plainText(part.replace(/^<h[1-3].*?<\/h[1-3]>/, '').replace(/<\/(?:td|th|li|p|code)>/g, ' '))
    const flat = text.replace(/\s+/g, ' ').trim()
    return flat === '' && heading === '' ? [] : [[page, title, id, plainText(heading), flat]]
  })
}

/** A script that sets `window.SEARCH`: pages on a disk may not fetch a JSON file. */
export function searchScript(entries: readonly SearchEntry[]): string {
  const json = JSON.stringify(entries)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
  return `window.SEARCH = ${json}\n`
}
