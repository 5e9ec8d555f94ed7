// A shop to try the other scripts on: node site.mjs [PORT]. It is also a proxy, for those who name it as one.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { connect } from 'node:net'

const logins = new Set()
const tickets = new Set()
const seen = { challenges: 0, logins: 0, proxied: {} }
const cookieOf = (request, name) =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1]
const countProxied = ({ headers }) => {
  const [user = '?'] = atob(headers['proxy-authorization']?.split(' ')[1] ?? '').split(':')
  seen.proxied[user] = (seen.proxied[user] ?? 0) + 1
}
const page = (title, body = '') => `<!doctype html><title>${title}</title><h1>${title}</h1>${body}`
const GATE = `<!doctype html><title>One moment</title>
<script>document.cookie = 'pass=yes; path=/'; location.reload()</script>`
const PUZZLE = `<!doctype html><title>Verify</title><p>Please solve the captcha to go on</p>
<form><input name="captcha"></form>
<script>setTimeout(() => { document.cookie = 'human=yes; path=/'; location.reload() }, 1000) // plays the person</script>`
const FORM = `<form method="post"><label>Name <input name="name"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form>`

const server = createServer(async (request, response) => {
  if (request.url.startsWith('http:')) countProxied(request) // as a proxy for plain HTTP is asked
  const { pathname, searchParams } = new URL(request.url, 'http://shop')
  const send = (status, body, headers = {}) => {
    const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json'
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const isLoggedIn = logins.has(cookieOf(request, 'sid'))
  const [, folder, number] = /^\/(items|open|prices)\/(\d+)$/.exec(pathname) ?? []
  if (pathname === '/') send(200, page('Shop', '<a href="/items/1">The first item</a>'))
  else if (pathname === '/login' && request.method === 'POST') {
    for await (const _ of request);
    const sid = randomUUID()
    logins.add(sid)
    tickets.add(sid)
    seen.logins++
    send(303, '', { location: '/account', 'set-cookie': `sid=${sid}; Path=/; HttpOnly; Max-Age=86400` })
  } else if (pathname === '/login') send(200, page('Log in', FORM))
  else if (pathname === '/logout') {
    logins.delete(cookieOf(request, 'sid'))
    send(200, page('Logged out'), { 'set-cookie': 'sid=; Path=/; Max-Age=0' })
  } else if (pathname === '/account')
    send(isLoggedIn ? 200 : 401, page(isLoggedIn ? 'Hello' : 'Please log in'))
  else if (pathname === '/api/orders' && isLoggedIn) {
    const at = Number(searchParams.get('page') ?? 1)
    send(200, { page: at, pages: 50, orders: [{ id: at * 2 - 1 }, { id: at * 2 }] })
  } else if (pathname === '/api/orders') send(401, { error: 'log in first' })
  else if (pathname === '/cookies.txt') {
    const sid = randomUUID()
    logins.add(sid)
    send(
      200,
      `# Netscape HTTP Cookie File\n${request.headers.host.split(':')[0]}\tFALSE\t/\tFALSE\t0\tsid\t${sid}\n`,
    )
  } else if (pathname === '/seen') send(200, seen)
  else if (pathname === '/person' && cookieOf(request, 'human') !== 'yes') send(403, PUZZLE)
  else if (pathname === '/person') send(200, page('For people'))
  else if (pathname === '/api/private') {
    const isFresh = tickets.has(cookieOf(request, 'sid'))
    tickets.delete(cookieOf(request, 'sid')) // good for one request: the next one has to log in again
    send(isFresh ? 200 : 401, isFresh ? { secret: 42 } : { error: 'log in first' })
  } else if (folder === 'prices') {
    const price = `<p class="price">${number} EUR</p>`
    const script = `<div id="app"></div><script>app.innerHTML = '${price}'</script>`
    send(200, page(`Price ${number}`, number === '25' ? script : price))
  } else if (folder === 'items' && cookieOf(request, 'pass') !== 'yes') {
    seen.challenges++
    send(403, GATE)
  } else if (folder !== undefined && number !== '7') send(200, page(`Item ${number}`))
  else send(404, page('Not found'))
})
server.on('connect', (request, socket) => {
  countProxied(request)
  const [host, port] = request.url.split(':')
  const onward = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  onward.on('error', () => socket.destroy()).pipe(socket)
  socket.on('error', () => onward.destroy()).pipe(onward)
})
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
