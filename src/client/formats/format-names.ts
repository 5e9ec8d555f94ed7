/**
 * The file forms that a session can be written in and read from: Playwright's storage state, cookies.txt as curl and wget
 * have it, Onejar's own (which loses nothing), and the cookies of Chromium's debugging protocol.
 */
export const SESSION_FORMATS = ['playwright', 'netscape', 'json', 'cdp'] as const

/**
 * A file form that a session is exported in: Playwright's storage state, cookies.txt (curl, wget), Onejar's own (which loses
 * nothing), or the cookies of Chromium's DevTools protocol.
 */
export type SessionFormat = (typeof SESSION_FORMATS)[number]

/**
 * The file forms that are read beside those: what extensions of browsers export (the form of `chrome.cookies`), what
 * Selenium's `get_cookies()` gives, HAR, and the heads of answers as `curl -D` writes them.
 */
export const IMPORT_FORMATS = [...SESSION_FORMATS, 'extension', 'selenium', 'har', 'headers'] as const

/**
 * A file form that a session is imported from: those of `SessionFormat`, exports of browser extensions (`chrome.cookies`),
 * Selenium's `get_cookies()`, HAR, and response headers as `curl -D` writes them.
 */
export type ImportFormat = (typeof IMPORT_FORMATS)[number]
