import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoSite } from '../../../examples/demo/site/server.ts'
import { EXIT } from '../../../src/cli/exit-codes.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

const home = new CliHome()

/** What the kernel tells of a process: its parent, and when it began, which tells it from a later one of that number. */
function processes(): Map<number, { parent: number; began: string }> {
  const found = new Map<number, { parent: number; began: string }>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
      if (fields[0] !== 'Z') found.set(Number(name), { parent: Number(fields[1]), began: fields[19]! })
    } catch {
      // It has ended meanwhile.
    }
  }
  return found
}

/** The processes that descend from one, as number and time of birth. */
function descendants(pid: number): string[] {
  const all = processes()
  const from = (parent: number): string[] =>
    [...all].flatMap(([child, { parent: of, began }]) =>
      of === parent ? [`${child} ${began}`, ...from(child)] : [],
    )
  return from(pid)
}

function alive(born: readonly string[]): string[] {
  const all = processes()
  return born.filter((one) => {
    const [pid, began] = one.split(' ')
    return all.get(Number(pid))?.began === began
  })
}

beforeAll(async () => {
  await using server = await startHttpServer((_, response) => response.end('ok'))
  await home.run(['fetch', server.origin])
})
afterAll(() => home.remove())

// Each starts a browser or two, which takes its time on a machine that is busy.
describe('onejar fetch and the browser', () => {
  it('remembers what the browser shows, and starts none for plain HTTP', async () => {
    expect(existsSync(home.file('identity.json'))).toBe(true)
    expect(existsSync(home.file('onejar.db'))).toBe(false)
    const agents: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      agents.push(request.headers['user-agent'])
      response.end('ok')
    })
    // A browser that cannot be started would be noticed.
    await home.run(['fetch', server.origin])
    const { child, ended } = home.start(['fetch', '-m', '20', `${server.origin}/again`])
    await ended
    expect(child.exitCode).toBe(0)
    expect(agents[0]).toContain('Chrome/')
    expect(agents[1]).toBe(agents[0])
  })

  it('renders a page with --render', async () => {
    await using server = await startHttpServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><p id=a></p><script>a.textContent = "made by " + "script"</script>')
    })
    const { code, out, err } = await home.run(['fetch', '--render', '-w', '\\n%{via}', server.origin])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('<p id="a">made by script</p>')
    expect(out).toMatch(/\npage$/)
  })

  it('passes a gate, says how with -v, and needs no browser for the next run of the session', async () => {
    await using site = await startDemoSite({ pages: 10, cost: 200 })
    const path = `${site.origin}/item/3`
    const first = await home.run(['fetch', '-v', '--session', 'gated', path])
    expect(first.code).toBe(0)
    expect(first.out).toContain('</html>')
    expect(first.err).toMatch(/^< 403 Forbidden$/m)
    expect(first.err).toMatch(/^\* challenge: js-challenge by altcha at /m)
    expect(first.err).toMatch(/^\* {3}js-challenge \+0\.\d\d altcha\//m)
    expect(first.err).toMatch(/^\* solve: the browser goes to /m)
    expect(first.err).toMatch(/^\* solve: passed after \d+ ms: /m)
    expect(first.err).toMatch(/^\* drop back: /m)
    expect(first.err).toMatch(/^> Cookie: clearance=…$/m)
    expect(first.err).not.toMatch(/clearance=[\w-]/)

    const second = await home.run(['fetch', '-w', '%{via}', '-o', '/dev/null', '--session', 'gated', path])
    expect(second).toMatchObject({ code: 0, out: 'http', err: '' })
    expect(site.stats().solves).toBe(1)
  })

  it('gives the gate itself with --no-escalate', async () => {
    await using site = await startDemoSite({ pages: 10, cost: 200 })
    const { code, out } = await home.run(['fetch', '--no-escalate', `${site.origin}/item/1`])
    expect(code).toBe(0)
    expect(out).toContain('Checking your browser')
    expect(site.stats().challengesIssued).toBe(0)
  })

  it('says why a page could not be loaded, and ends as over HTTP', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url?.startsWith('/closes')) return void request.socket.destroy()
      response.writeHead(302, { location: '/loop' }).end()
    })
    const closed = await home.run([
      'fetch',
      '--retry',
      '0',
      '--render',
      `${server.origin}/closes?token=secret`,
    ])
    expect(closed.code).toBe(EXIT.noAnswer)
    expect(closed.err).toContain(`could not load ${server.origin}/closes: ERR_EMPTY_RESPONSE`)
    expect(closed.err).not.toContain('secret')
    const looped = await home.run(['fetch', '--retry', '0', '--render', `${server.origin}/loop`])
    expect(looped.code).toBe(EXIT.redirects)
    expect(looped.err).toContain('ERR_TOO_MANY_REDIRECTS')
  })

  it('says how to get a browser when there is none, in one line', async () => {
    const { code, out, err } = await home.run(['fetch', '--render', 'http://127.0.0.1:1/'], {
      env: { ONEJAR_CHROMIUM: '/nowhere/chromium' },
    })
    expect({ code, out }).toEqual({ code: 101, out: '' })
    expect(err).toMatch(
      /^onejar: ONEJAR_CHROMIUM names no executable file: .*\[ONEJAR_BROWSER_NOT_FOUND\]\n$/,
    )
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves no browser behind after %s', async (signal) => {
    const reached = Promise.withResolvers<void>()
    await using server = await startHttpServer(() => reached.resolve())
    const { child, ended } = home.start(['fetch', '--render', server.origin])
    await reached.promise
    const born = descendants(child.pid!)
    expect(born.length).toBeGreaterThan(2)
    child.kill(signal)
    const { code, out, err } = await ended
    expect({ code, out, err }).toEqual({ code: signal === 'SIGINT' ? 130 : 143, out: '', err: '' })
    await eventually(() => expect(alive(born)).toEqual([]))
  })
})
