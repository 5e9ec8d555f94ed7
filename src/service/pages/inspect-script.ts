/**
 * The inspector's script, as its page runs it: no library, no markup made of data. It asks the service with the token that was typed, and asks
 * again when the stream of events says that something has happened.
 */
export const INSPECT_SCRIPT = `'use strict'
let token = ''
let chosen = null
let values = null
let timer
const shown = new Map()
const byId = (id) => document.getElementById(id)
const say = (text) => { byId('state').textContent = text }

/** An element with texts and elements in it. */
function make(name, members, ...content) {
  const { className, ...rest } = members
  const element = Object.assign(document.createElement(name), rest)
  if (className) element.className = className
  element.append(...content.filter((one) => one !== null))
  return element
}
const p = (className, ...content) => make('p', { className }, ...content)
const code = (text) => make('code', {}, text)
const row = (at, ...content) => make('li', {}, make('span', { className: 'at' }, at), make('div', {}, ...content))

/** Puts elements into a place when what they are made of has changed; the focus stays where it was. */
function show(id, data, elements) {
  const key = JSON.stringify(data)
  if (shown.get(id) === key) return
  shown.set(id, key)
  const focused = document.activeElement?.id
  const made = elements()
  byId(id).replaceChildren(...(made.length > 0 ? made : [make('li', { className: 'note' }, 'None.')]))
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus()
}
const facts = (pairs) => pairs.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)))
const time = (at) => new Date(at).toLocaleTimeString()

async function ask(path, options = {}) {
  const headers = { authorization: 'Bearer ' + token, ...(options.body ? { 'content-type': 'application/json' } : {}) }
  const response = await fetch(path, { ...options, headers, credentials: 'omit', redirect: 'error' })
  const text = await response.text()
  const answer = text === '' ? null : JSON.parse(text)
  if (!response.ok) throw Object.assign(new Error(answer?.detail ?? answer?.title ?? String(response.status)), { status: response.status })
  return answer
}
const path = (rest, query = '') =>
  '/v1/sessions/' + encodeURIComponent(chosen.id) + rest + '?tenant=' + encodeURIComponent(chosen.tenant) + query

async function showService() {
  const [health, queue] = await Promise.all([ask('/health').catch(() => null), ask('/v1/queue').catch(() => null)])
  const count = (name) => (queue ? String(queue[name] ?? 'not known') : 'not shown to this token')
  const rows = [['Store', health?.store ?? 'away'], ['Workers', queue?.queue ? count('workers') : 'none: there is no queue'],
    ['Solves that wait', queue?.queue ? count('waiting') : '0'], ['Solves under way', queue?.queue ? count('active') : '0']]
  if (!queue) rows.splice(1, 3, ['Workers and queue', 'for a token that sees all tenants'])
  show('service', rows, () => facts(rows))
}

async function showSessions() {
  const { sessions } = await ask('/v1/open-sessions')
  const filter = byId('filter').value.toLowerCase()
  const list = sessions.filter(({ id }) => id.toLowerCase().includes(filter)).slice(0, 200)
  show('sessions', [list, chosen], () => list.map((session, index) => {
    const isChosen = chosen !== null && session.id === chosen.id && session.tenant === chosen.tenant
    const text = session.id + (session.tenant === 'default' ? '' : ' of ' + session.tenant) + (session.open ? '' : ' (stored)')
    const button = make('button', { type: 'button', id: 'session-' + index, onclick: () => choose(session) }, text)
    button.setAttribute('aria-pressed', String(isChosen))
    return make('li', {}, button)
  }))
}

function choose(session) {
  chosen = { id: session.id, tenant: session.tenant }
  hide()
  byId('chosen').hidden = false
  byId('session-heading').textContent = 'Session ' + session.id
  refresh()
}

async function showSession() {
  if (chosen === null) return
  const asked = chosen
  const [about, { report }, { entries }] = await Promise.all([ask(path('')), ask(path('/report')), ask(path('/entries'))])
  if (asked !== chosen) return
  const rows = [['Open here', about.open ? 'yes' : 'no'], ['Cookies', String(about.cookies)], ['Dead letters', String(about.deadLetters)],
    ['Called in logs', about.pseudonym]]
  show('session', rows, () => facts(rows))
  show('blocked', about.blocked, () => about.blocked.map(({ origin, verdict, reason, at }, index) =>
    row(time(at), p('', make('strong', {}, origin), ' (' + verdict + ')'), p('why', reason),
      make('button', { type: 'button', id: 'unblock-' + index, onclick: () => unblock(origin) }, 'Unblock ' + origin))))
  const latest = (kept) => (kept ? kept.items.toReversed() : [])
  show('requests', report?.requests, () => latest(report?.requests).map((one) =>
    row(time(one.at), p('', code(one.method + ' ' + one.url)),
      p('', make('span', { className: 'via ' + one.via }, one.via), ', ' + (one.status ?? 'failed') + ' ' + one.verdict + ', ' + Math.round(one.ms) + ' ms'),
      p('why', one.reason))))
  show('challenges', report?.challenges, () => latest(report?.challenges).map((one) =>
    row(time(one.at), make('h3', {}, one.verdict + (one.vendor ? ' by ' + one.vendor : '') + (one.mistaken ? ': a mistake, it was the page' : '')),
      p('', code(one.url)),
      make('ul', { className: 'evidence' }, ...one.evidence.map(({ verdict, weight, signal, where, note }) =>
        make('li', {}, verdict + ' +' + weight.toFixed(2) + ', ' + signal + ' in ' + where + ': ' + note))))))
  show('events', report?.events, () => latest(report?.events).map((one) =>
    row(time(one.at), p('', make('strong', {}, one.title)), p('', one.words))))
  show('changes', report?.changes, () => latest(report?.changes).map((one) =>
    row(time(one.at), p('', one.what + ' ', code(one.name), ' of ', code(one.where), ' ' + one.deed + ' by ' + one.by))))
  show('entries', [entries, values], () => entries.map((one) =>
    row(new Date(one.at).toLocaleString(), p('', one.kind + ' ', code(one.name), ' of ', code(one.where)),
      p('why', 'written by ' + one.writer + ', ' + one.valueChars + ' characters'),
      values === null ? null : p('', code(values.get(one.kind + '\\n' + one.where + '\\n' + one.name) ?? '(gone)')))))
}

function hide() {
  values = null
  byId('reveal').textContent = 'Show the values'
}

async function toggleValues() {
  if (values !== null) { hide(); return refresh() }
  const { entries } = await ask(path('/entries'))
  const found = new Map()
  const { cookies } = await ask(path('/cookies', '&reveal=1'))
  for (const one of cookies) found.set('cookie\\n' + (one.hostOnly ? '' : '.') + one.domain + one.path + '\\n' + one.name, one.value)
  for (const origin of new Set(entries.filter(({ kind }) => kind === 'localStorage').map(({ where }) => where))) {
    const { items } = await ask(path('/local-storage', '&reveal=1&origin=' + encodeURIComponent(origin)))
    for (const { key, value } of items) found.set('localStorage\\n' + origin + '\\n' + key, value)
  }
  values = found
  byId('reveal').textContent = 'Hide the values'
  return refresh()
}

async function unblock(origin) {
  await ask(path('/unblock'), { method: 'POST', body: JSON.stringify({ origin }) }).catch((error) => say('Not unblocked: ' + error.message))
  byId('blocked-heading').focus()
  return refresh()
}

async function refresh() {
  clearTimeout(timer)
  timer = undefined
  try {
    await Promise.all([showService(), showSessions(), showSession()])
  } catch (error) {
    say('Something could not be shown: ' + error.message)
  }
}
const soon = () => { timer ??= setTimeout(refresh, 300) }

/** Follows the events until the service ends the stream; then it is opened again. */
async function follow() {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30000)) {
    try {
      const response = await fetch('/v1/events', { headers: { authorization: 'Bearer ' + token }, credentials: 'omit' })
      if (!response.ok) throw new Error(String(response.status))
      say('Live')
      wait = 1000
      await refresh()
      for await (const chunk of chunksOf(response.body.getReader())) if (chunk.includes('data:')) soon()
    } catch {
      // It is tried again.
    }
    say('The stream of events has ended; it is opened again')
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
async function* chunksOf(reader) {
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield decoder.decode(value, { stream: true })
  }
}

byId('blocked-heading').tabIndex = -1
byId('filter').addEventListener('input', soon)
byId('reveal').addEventListener('click', () => toggleValues().catch((error) => say('Not shown: ' + error.message)))
byId('login-form').addEventListener('submit', async (event) => {
  event.preventDefault()
  token = byId('token').value.trim()
  try {
    await ask('/v1/open-sessions')
  } catch (error) {
    say(error.status === 401 ? 'This is not the token of the service' : 'Not connected: ' + error.message)
    return
  }
  byId('token').value = ''
  byId('login').hidden = true
  byId('connected').hidden = false
  byId('sessions-heading').tabIndex = -1
  byId('sessions-heading').focus()
  follow()
})
`
