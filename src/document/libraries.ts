import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/** What reads markup and selectors, loaded with the first document: most requests look into none. */
export const htmlparser2 = (): typeof import('htmlparser2') => load('htmlparser2')
export const cssWhat = (): typeof import('css-what') => load('css-what')
