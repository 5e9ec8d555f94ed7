import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { startHttpServer, type TestServer } from './http-server.ts'

const HTML = { 'content-type': 'text/html', 'cache-control': 'no-store' }

/** Tells the site of everything that is done with it, and lets a person through who presses the button. */
const PUZZLE = `<!doctype html><title>Verify</title><meta name="viewport" content="width=device-width">
  <style>body { margin: 0; font: 20px sans-serif } input, button, a, div { position: absolute; left: 20px; width: 200px; height: 40px }</style>
  <p>Please solve the captcha to go on</p>
  <input name="captcha" style="top: 60px"><div tabindex="0" style="top: 110px">Focus</div>
  <button style="top: 160px" onclick="document.cookie = 'human=1; path=/'; tell('human')">I am human</button>
  <a style="top: 220px" href="/away" target="_blank">Another window</a>
  <a style="top: 280px" href="/">Go on</a>
  <script>
    const tell = (what) => fetch('/told', { method: 'POST', body: what })
    const first = document.querySelector('input'), second = document.querySelector('div')
    first.oninput = () => tell('first ' + first.value)
    first.onfocus = () => tell('first has the focus')
    second.onfocus = () => tell('second has the focus')
    first.addEventListener('compositionupdate', ({ data }) => tell('composing ' + data))
    addEventListener('touchstart', () => tell('touched'))
    addEventListener('wheel', () => tell('wheel'))
    document.documentElement.addEventListener('mouseup', ({ target }) => target === first || tell('let go'))
  </script>`

/** Where the things of the puzzle are, in the pixels of its page. */
export const PLACES = {
  first: { x: 60, y: 80 },
  human: { x: 60, y: 180 },
  window: { x: 60, y: 230 },
  goOn: { x: 60, y: 290 },
} as const

export interface PuzzleSite extends TestServer {
  /** What its pages told. */
  readonly told: string[]
  /** How many requests got the content. */
  readonly passed: () => number
}

/** A site that wants a person, and says what that person did. */
export async function startPuzzleSite(): Promise<PuzzleSite> {
  const told: string[] = []
  let passed = 0
  const server = await startHttpServer((request, response) => {
    if (request.url === '/told') {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        told.push(body)
        response.end()
      })
    } else if (request.url === '/favicon.ico') response.writeHead(404).end()
    else if (request.url === '/away') response.writeHead(200, HTML).end('<title>away</title><h1>Away</h1>')
    else if (request.headers.cookie?.includes('human=1')) {
      passed++
      response.writeHead(200, HTML).end('<h1>content</h1>')
    } else response.writeHead(403, HTML).end(PUZZLE)
  })
  return Object.assign(server, { told, passed: () => passed })
}

/** A person before a link. */
export interface Person {
  readonly page: Page
  /** What the page says of itself. */
  status(): Promise<string>
  /** Resolves when they see the page of the link. */
  sees(): Promise<void>
  /** Presses a place of it with the mouse. */
  click(place: { readonly x: number; readonly y: number }): Promise<void>
  /** Where a place is for them. */
  at(place: { readonly x: number; readonly y: number }): Promise<{ x: number; y: number }>
}

/** Somebody opens a link, each in a browser of their own. */
export async function openLink(
  people: Browser,
  url: string,
  options: BrowserContextOptions = { viewport: { width: 1000, height: 700 } },
): Promise<Person> {
  const page = await (await people.newContext(options)).newPage()
  await page.goto(url)
  const at = async ({ x, y }: { readonly x: number; readonly y: number }) => {
    const box = await page.locator('#picture').boundingBox()
    if (box === null) throw new Error('Nothing is shown')
    return { x: box.x + x, y: box.y + y }
  }
  return {
    page,
    at,
    status: async () => (await page.locator('#status').textContent()) ?? '',
    async sees() {
      // The picture fills its place when the page has been fitted to it. Before its first paint a page is blank, and takes no click.
      await page.waitForFunction(() => {
        const picture = document.querySelector<HTMLCanvasElement>('#picture')
        const stage = document.querySelector<HTMLElement>('#stage')
        if (!picture?.checkVisibility() || picture.width === 0 || picture.width !== stage?.clientWidth)
          return false
        const { data } = picture.getContext('2d')!.getImageData(0, 0, picture.width, picture.height)
        return data.some((value) => value < 100)
      })
    },
    async click(place) {
      const { x, y } = await at(place)
      await page.mouse.click(x, y)
    },
  }
}
