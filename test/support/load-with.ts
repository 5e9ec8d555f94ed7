import { registerHooks } from 'node:module'

const src = new URL('../../src/', import.meta.url).href
let loads = 0

/**
 * Loads a room of `src` that nobody else imports anew, with other packages in the place of those that it names: so one process has
 * the room beside several versions of a package. The rooms below it are those that are loaded already.
 *
 * @param entry - `tough-cookie/index.ts`
 * @param packages - what is asked for, and what is loaded for it
 */
export async function loadWith<Module>(
  entry: string,
  packages: Readonly<Record<string, string>>,
): Promise<Module> {
  const mark = `?load=${++loads}`
  const rooms = ['crawlee', 'tough-cookie'].map((room) => `${src}${room}/`)
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const isOurs = context.parentURL?.endsWith(mark) === true
      const found = next(isOurs ? (packages[specifier] ?? specifier) : specifier, context)
      return isOurs && rooms.some((room) => found.url.startsWith(room))
        ? { ...found, url: `${found.url.split('?')[0]}${mark}` }
        : found
    },
  })
  try {
    return (await import(`${src}${entry}${mark}`)) as Module
  } finally {
    hooks.deregister()
  }
}
