/**
 * The functions that run in a document, in an isolated world of their own: the page can neither see nor change
 * what they use. Each is sent as text. They take the prototype's own accessors, because a page can shadow properties of
 * `document` with elements, in every world.
 */

export const WORLD_NAME = 'onejar'

/** What a document answers: its origin, a version of its localStorage, and the items when the version is new. */
export interface WorldAnswer {
  readonly origin: string
  readonly version: string
  /** Keys and values in turn; null where the document may not use localStorage; absent when `known` is current. */
  readonly items?: readonly string[] | null
}

/** One change to localStorage: a value, or null to remove the item. */
export type StorageOp = readonly [key: string, value: string | null]

// Reading document.cookie waits until the cookies that this frame's scripts wrote have reached the browser.
const READ = `
  const state = globalThis.__onejar ??= { text: undefined, count: 0 }
  const read = (known) => {
    try { Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').get.call(document) } catch {}
    let text = 'null'
    try {
      const area = localStorage, items = []
      for (let i = 0, n = area.length; i < n; i++) { const key = area.key(i); items.push(key, area.getItem(key)) }
      text = JSON.stringify(items)
    } catch {}
    if (text !== state.text) { state.text = text; state.count++ }
    const version = performance.timeOrigin + '/' + state.count
    const answer = { origin: self.origin, version }
    if (version !== known) answer.items = JSON.parse(text)
    return answer
  }`

/** `(known) => WorldAnswer` */
export const READ_FUNCTION = `function (known) {${READ}
  return read(known)
}`

/** `(origin, ops) => WorldAnswer | null`: does nothing in a document of another origin than the one it is meant for. */
export const APPLY_FUNCTION = `function (origin, ops) {${READ}
  if (self.origin !== origin) return null
  for (const [key, value] of ops) {
    const old = localStorage.getItem(key)
    if (old === value) continue
    try {
      if (value === null) localStorage.removeItem(key)
      else localStorage.setItem(key, value)
    } catch { continue }
    // The browser notifies other tabs; this one gets the event that another tab's write would cause.
    dispatchEvent(new StorageEvent('storage', { key, oldValue: old, newValue: value, url: location.href, storageArea: localStorage }))
  }
  return read(undefined)
}`

/**
 * `(origin, items) => WorldAnswer | null`: sets these sessionStorage items in a document of this origin; null for the
 * origin reads those of any document.
 */
export const SESSION_FUNCTION = `function (origin, items) {
  if (origin !== null && self.origin !== origin) return null
  const answer = { origin: self.origin, version: '', items: null }
  try {
    const area = sessionStorage
    for (const [key, value] of items) try { area.setItem(key, value) } catch {}
    answer.items = []
    for (let i = 0, n = area.length; i < n; i++) { const key = area.key(i); answer.items.push(key, area.getItem(key)) }
  } catch {}
  return answer
}`

/**
 * `() => DocumentTokens | null`: the sessionStorage items and the metas that speak of a token, as far as they are of a
 * bearable size; null while the document is being parsed.
 */
export const TOKENS_FUNCTION = `function () {
  if (Object.getOwnPropertyDescriptor(Document.prototype, 'readyState').get.call(document) === 'loading') return null
  const session = [], meta = []
  let room = 1024 * 1024
  try {
    const area = sessionStorage
    for (let i = 0, n = area.length; i < n; i++) {
      const key = area.key(i), value = area.getItem(key)
      if ((room -= key.length + value.length) < 0) break
      session.push([key, value])
    }
  } catch {}
  for (const element of Document.prototype.querySelectorAll.call(document, 'meta[name][content]')) {
    const name = element.getAttribute('name'), content = element.getAttribute('content')
    if (/csrf|xsrf|token/i.test(name) && content.length <= 8192 && meta.length < 32) meta.push([name, content])
  }
  return { origin: self.origin, session, meta }
}`

// Elements can have a tree of their own beside their children: what is shown of them is in there.
const SHADOWS = `
  const shadowOf = Object.getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get
  const shadowsIn = (root, found = []) => {
    const all = (root === document ? Document : DocumentFragment).prototype.querySelectorAll.call(root, '*')
    for (const element of all) {
      const shadow = shadowOf.call(element)
      if (shadow === null || found.length === 10000) continue
      found.push(shadow)
      shadowsIn(shadow, found)
    }
    return found
  }`

/** `() => string | null`: the document with its open shadow trees as `<template shadowrootmode>`; null where it has none. */
export const SHADOW_HTML_FUNCTION = `function () {${SHADOWS}
  const shadowRoots = shadowsIn(document)
  if (shadowRoots.length === 0) return null
  const get = (name) => Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document)
  const root = get('documentElement'), doctype = get('doctype')
  const [tag] = /^<[^>]*>/.exec(Node.prototype.cloneNode.call(root, false).outerHTML) ?? ['<html>']
  const before = doctype === null ? '' : new XMLSerializer().serializeToString(doctype)
  return before + tag + Element.prototype.getHTML.call(root, { shadowRoots }) + '</html>'
}`

/** `() => DocumentState`: counts, from its first call on, what scripts change of the document. */
export const REST_FUNCTION = `function () {${SHADOWS}
  const get = (of, name) => Object.getOwnPropertyDescriptor(of, name).get.call(document)
  const state = get(Document.prototype, 'readyState')
  const rest = globalThis.__onejarRest ??= { changedAt: null, observer: null, shadows: new WeakSet() }
  const every = { subtree: true, childList: true, characterData: true, attributes: true }
  if (rest.observer === null) {
    rest.observer = new MutationObserver((records) => {
      if (get(Document.prototype, 'readyState') === 'loading') return
      if (records.some(({ attributeName }) => attributeName !== 'style')) rest.changedAt = performance.now()
    })
    rest.observer.observe(document, every)
  }
  const shadows = shadowsIn(document)
  for (const shadow of shadows) {
    if (rest.shadows.has(shadow)) continue
    rest.shadows.add(shadow)
    rest.observer.observe(shadow, every)
    if (state !== 'loading') rest.changedAt = performance.now()
  }
  const hasText = (root) => {
    if (root === null) return false
    const walker = Document.prototype.createTreeWalker.call(document, root, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (/\\S/.test(node.data) && !/^(?:SCRIPT|STYLE|NOSCRIPT)$/i.test(node.parentNode.nodeName)) return true
    return false
  }
  return {
    loaded: state === 'complete',
    scripts: get(Document.prototype, 'scripts').length > 0,
    text: [get(Document.prototype, 'body'), ...shadows].some(hasText),
    unchangedMs: rest.changedAt === null ? null : performance.now() - rest.changedAt,
  }
}`
