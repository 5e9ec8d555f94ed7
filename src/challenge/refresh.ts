/**
 * What a meta refresh or a Refresh header says, which browsers treat alike: when, in milliseconds, and where to, '' for the
 * same address. Null where it says no time.
 */
export function parseRefresh(content: string): { readonly delayMs: number; readonly target: string } | null {
  const found = /^\s{0,64}(\d{1,9})(?:\.[\d.]{0,16})?\s{0,64}([;,]?)/.exec(content)
  if (found === null) return null
  const target = content
    .slice(found[0].length)
    .trim()
    .replace(/^url\s?=\s?/i, '')
    .replace(/^['"]|['"]$/g, '')
  return { delayMs: Number(found[1]) * 1_000, target }
}
