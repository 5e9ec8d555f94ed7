// Exchanges the token of a link, and shows the page that it leads to.
import { useHands } from './hands.js'

const element = (id) => document.getElementById(id)
const status = element('status')
const stage = element('stage')
const picture = element('picture')
const hands = element('hands')
const brush = picture.getContext('2d', { alpha: false })

const GONE =
  'This link does not work: it was used, its ten minutes are over, or it is not complete. Ask whoever sent it for another one.'
const OVER = {
  done: 'Thank you. The work goes on; you can close this page.',
  passed: 'The site lets the work go on. Thank you; you can close this page.',
  'given-up': 'You gave up. Nothing more is sent to this site until somebody takes care of it. You can close this page.',
  expired: 'The ten minutes are over. Ask whoever sent the link for another one.',
  replaced: 'Somebody has made another link, which takes the place of this one.',
  closed: 'The page is closed, and nobody is needed any more. You can close this one, too.',
}
/** As the service closes a socket when another window of this browser shows the page. */
const ELSEWHERE = 4001
const RESIZE_MS = 200
const AGAIN_MS = 1000
const MAX_AGAIN = 5

let socket = null
let isOver = false
let again = 0
let endsAt = 0

await begin()

async function begin() {
  const token = location.hash.slice(1)
  // Neither the history nor a copied address has it from now on.
  history.replaceState(null, '', location.pathname)
  const response = await fetch(`${location.pathname}/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(token === '' ? {} : { token }),
  }).catch(() => null)
  if (response === null) return finish('The service does not answer. Load this page again in a moment.')
  if (response.status !== 204) return finish(GONE)
  useHands(hands, picture, send, () => element('done').focus())
  element('done').addEventListener('click', () => send({ type: 'done' }))
  element('give-up').addEventListener('click', () => send({ type: 'give-up' }))
  element('reload').addEventListener('click', () => send({ type: 'reload' }))
  element('close-popup').addEventListener('click', () => send({ type: 'close-popup' }))
  element('keyboard').addEventListener('click', toggleKeyboard)
  new ResizeObserver(soon(tellSize)).observe(stage)
  setInterval(showTime, 1000)
  connect()
}

function connect() {
  const address = new URL(`${location.pathname}/live`, location.href)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const own = new WebSocket(address)
  own.binaryType = 'blob'
  own.addEventListener('open', () => {
    socket = own
    stage.hidden = false
    element('actions').hidden = false
    element('hint').hidden = false
    say(status.textContent)
    tellSize()
  })
  own.addEventListener('message', ({ data }) => {
    if (data instanceof Blob) return void paint(own, data)
    const message = JSON.parse(data)
    if (message.type === 'page') showFacts(message)
    else if (message.type === 'over') finish(OVER[message.why] ?? OVER.closed)
  })
  own.addEventListener('close', ({ code }) => {
    if (isOver) return
    socket = null
    if (code === ELSEWHERE) finish('The page is shown in another window of this browser.')
    else if (++again > MAX_AGAIN) finish('The connection is lost. Load this page again.')
    else {
      say('The connection is lost; trying again …')
      setTimeout(connect, AGAIN_MS)
    }
  })
}

async function paint(own, jpeg) {
  const image = await createImageBitmap(jpeg)
  const isFirst = status.textContent !== ''
  if (picture.width !== image.width || picture.height !== image.height) {
    picture.width = image.width
    picture.height = image.height
  }
  brush.drawImage(image, 0, 0)
  image.close()
  if (own.readyState === WebSocket.OPEN) own.send('{"type":"shown"}')
  again = 0
  if (isFirst && !isOver) say('')
}

function showFacts({ origin, isPopup, leftMs }) {
  element('where').textContent = origin === 'null' ? 'an empty page' : origin
  element('close-popup').hidden = !isPopup
  endsAt = performance.now() + leftMs
  showTime()
}

function showTime() {
  const seconds = Math.max(0, Math.round((endsAt - performance.now()) / 1000))
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  element('left').textContent = endsAt === 0 || isOver ? '' : `· ${text} left`
}

function tellSize() {
  if (stage.hidden) return
  const bound = (value, most) => Math.min(most, Math.max(240, Math.round(value)))
  const width = bound(stage.clientWidth, 2560)
  const height = bound(stage.clientHeight, 1600)
  send({ type: 'size', width, height })
}

function toggleKeyboard() {
  const isOn = hands.inputMode === 'none'
  hands.inputMode = isOn ? 'text' : 'none'
  element('keyboard').setAttribute('aria-pressed', String(isOn))
  hands.blur()
  if (isOn) hands.focus({ preventScroll: true })
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function say(text) {
  status.className = stage.hidden ? '' : 'small'
  status.textContent = text
}

/** Nothing of the page stays to be seen. */
function finish(text) {
  isOver = true
  stage.hidden = true
  picture.width = 0
  for (const id of ['actions', 'hint']) element(id).hidden = true
  element('where').textContent = ''
  document.querySelector('.what p').hidden = true
  say(text)
  socket?.close()
}

function soon(work) {
  let timer
  return () => {
    clearTimeout(timer)
    timer = setTimeout(work, RESIZE_MS)
  }
}
