import { createHash } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { compile } from 'svelte/compiler'
import { WebSocketServer } from 'ws'
import { cursorOf, PRODUCTS, productBy } from './catalogue.ts'
import { answerTrpc } from './trpc-api.ts'

const TOKEN = 'tok-4f9a1c7e2b8d5036'

export interface AppServer {
  readonly origin: string
  /** Requests that change something, made by a browser and by others. */
  readonly writes: { browser: number; others: number }
  close(): Promise<void>
}

/** Serves the pages of the applications, bundled when they are first asked for, and their APIs. */
export async function startAppServer(): Promise<AppServer> {
  const bundles = new Map<string, Promise<string>>()
  const writes = { browser: 0, others: 0 }
  const server = http.createServer((request, response) => {
    answer(request, response, bundles, writes).catch((error) => {
      process.stderr.write(`${String(error)}\n`)
      response.writeHead(500).end()
    })
  })
  const sockets = new WebSocketServer({ server, path: '/socket' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => {
      socket.send(JSON.stringify(productBy(JSON.parse(String(message)).id)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    close: () =>
      new Promise<void>((resolve) => {
        sockets.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  bundles: Map<string, Promise<string>>,
  writes: AppServer['writes'],
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site')
  const [first = '', second, last] = pathname.slice(1).split('/')
  const json = (data: unknown, status = data === undefined ? 404 : 200): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data ?? {}))
  }
  // Browsers write the names of headers in capitals.
  const wrote = () => void writes[request.rawHeaders[0] === 'Host' ? 'browser' : 'others']++
  if (first === 'rpc') return answerTrpc(request, response, wrote)
  if (first === 'graphql') {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { query, variables } = JSON.parse(body)
    if (query.includes('mutation')) wrote()
    const product = productBy(variables.id)
    return json({
      data: query.includes('mutation')
        ? { seen: true }
        : { product: product && { __typename: 'Product', ...product } },
    })
  }
  if (first === 'trpc') {
    const { id } = JSON.parse(searchParams.get('input') ?? '{}')[0].json
    return json([{ result: { data: { json: productBy(id) } } }])
  }
  if (first === 'fragments') {
    const product = productBy(second)
    return void response.setHeader('content-type', 'text/html').end(product ? fragment(product) : '')
  }
  if (first === 'bundles') {
    const name = (second ?? '').replace(/[^a-z-]/g, '')
    const bundle = bundles.get(name) ?? bundled(name)
    bundles.set(name, bundle)
    return void response.setHeader('content-type', 'text/javascript').end(await bundle)
  }
  if (first === 'api' && second === 'events') {
    const data = `data: ${JSON.stringify(productBy(last))}\n\n`
    return void response.setHeader('content-type', 'text/event-stream').end(data)
  }
  if (first === 'api') {
    const [data, status] = api(second ?? '', last, searchParams, request.headers.authorization)
    return json(data, status)
  }
  if (pathname === '/favicon.ico' || pathname === '/robots.txt') return json(undefined)
  const data =
    first === 'vue-embedded'
      ? `<script type="application/json" id="__NEXT_DATA__">${embedded(last)}</script>`
      : ''
  response
    .setHeader('content-type', 'text/html')
    .end(
      `<!doctype html><title>Shop</title><div id=app></div>${data}<script type=module src=/bundles/${first}></script>`,
    )
}

/** What an API has for a request, and the status where it is not the usual one. */
function api(
  kind: string,
  id: string | undefined,
  query: URLSearchParams,
  authorization: string | undefined,
): [data: unknown, status?: number] {
  const at = Number(query.get('offset'))
  switch (kind) {
    case 'products':
      return [id === undefined ? PRODUCTS.slice(0, 60) : productBy(id)]
    case 'product':
      return [productBy(query.get('id'))]
    case 'slugs':
      return [{ product: PRODUCTS.find(({ slug }) => slug === query.get('slug'))?.id }]
    case 'login':
      return [{ token: TOKEN }]
    case 'private':
      return authorization === `Bearer ${TOKEN}` ? [productBy(id)] : [{ error: 'login' }, 401]
    case 'signed': {
      const signed = `/api/signed/${id} ${query.get('time')} key`
      const isRight = createHash('sha256').update(signed).digest('hex') === query.get('sig')
      const isFresh = Date.now() - Number(query.get('time')) < 5_000
      return isRight && isFresh ? [productBy(id)] : [{ error: 'signature' }, 403]
    }
    case 'list':
      return [{ total: PRODUCTS.length, items: PRODUCTS.slice(at, at + 5) }]
    case 'feed': {
      const from = PRODUCTS.findIndex((_, index) => cursorOf(index) === query.get('after'))
      const edges = PRODUCTS.slice(from, from + 5).map((node) => ({ node }))
      return [{ edges, pageInfo: { endCursor: cursorOf(from + 5), hasNextPage: true } }]
    }
    default:
      return [undefined]
  }
}

function fragment({ name, price, stock, since }: (typeof PRODUCTS)[number]): string {
  const amount = price.toLocaleString('en-US', { style: 'currency', currency: 'USD' })
  const day = new Date(since).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  return `<article><h1>${name}</h1><b class=price>${amount}</b><i class=stock>${stock}</i><time>Since ${day}</time></article>`
}

function embedded(id: string | undefined): string {
  return JSON.stringify({ props: { pageProps: { product: productBy(id) } } })
}

async function bundled(name: string): Promise<string> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'clients', `${name}.js`),
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    logLevel: 'silent',
    plugins: [{ name: 'svelte', transform: { filter: { id: /\.svelte$/ }, handler: compiledSvelte } }],
  })
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true })
    return output[0].code
  } finally {
    await bundle.close()
  }
}

function compiledSvelte(source: string, filename: string): string {
  return compile(source, { filename, generate: 'client', css: 'injected' }).js.code
}
