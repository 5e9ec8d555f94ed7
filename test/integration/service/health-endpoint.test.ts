import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type HealthEndpoint, startHealthEndpoint } from '../../../src/service/health-endpoint.ts'
import { openMetrics } from '../../../src/service/metrics-endpoint.ts'
import { CliHome } from '../cli/run-cli.ts'

const TOKEN = 'token-of-sixteen-or-more'
const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start(token: string | null): Promise<HealthEndpoint> {
  const metrics = await openMetrics()
  const endpoint = await startHealthEndpoint(
    { host: '127.0.0.1', port: 0, token },
    () => ({ status: 'ok' }),
    metrics,
  )
  closers.push(
    () => endpoint.close(),
    () => metrics.close(),
  )
  return endpoint
}

function ask(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
      .once('error', reject)
      .end()
  })
}

describe('the port of a worker', () => {
  it('gives its metrics to this machine, and to no web page', async () => {
    const { url } = await start(null)
    expect(await ask(`${url}/metrics`)).toBe(200)
    expect(await ask(`${url}/metrics`, { host: 'evil.test' })).toBe(403)
    expect(await ask(`${url}/metrics`, { host: '127.evil.test:80' })).toBe(403)
    expect(await ask(`${url}/metrics`, { origin: 'https://evil.test' })).toBe(403)
    expect(await ask(`${url}/metrics`, { 'sec-fetch-site': 'cross-site' })).toBe(403)
  })

  it('asks for the token where there is one, and tells anybody its health', async () => {
    const { url } = await start(TOKEN)
    expect(await ask(`${url}/metrics`)).toBe(401)
    expect(await ask(`${url}/metrics`, { authorization: `Bearer ${TOKEN}x` })).toBe(401)
    expect(await ask(`${url}/metrics`, { authorization: `Bearer ${TOKEN}` })).toBe(200)
    expect(await ask(`${url}/health`)).toBe(200)
  })

  it('is not opened beyond this machine without one', async () => {
    const home = new CliHome()
    const args = [
      'worker',
      '--queue',
      'redis://127.0.0.1:9',
      '--health-port',
      '0',
      '--health-host',
      '0.0.0.0',
    ]
    const { code, err } = await home.run(args, { env: { ONEJAR_TOKEN: '' } })
    home.remove()
    expect([code, err]).toEqual([2, expect.stringContaining('needs a token')])
  })
})
