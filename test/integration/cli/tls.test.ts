import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { startFingerprintServer } from '../../support/client-hello.ts'
import { CliHome } from './run-cli.ts'

const home = new CliHome()
afterAll(() => home.remove())

it('shows how both sides connect to a site, and what differs', async () => {
  await using site = await startFingerprintServer((_request, response) => response.end('<p>ok'))
  const url = `https://localhost:${site.port}/`
  const { code, out } = await home.run(['tls', '-k', '--json', url])
  const report = JSON.parse(out)
  expect(code).toBe(0)
  const tls = { version: 'TLSv1.3', alpn: 'h2', cipher: expect.stringMatching(/^TLS_[A-Z0-9_]+_SHA\d{3}$/) }
  expect(report).toMatchObject({ url, http: tls, browser: { ...tls, fault: null } })
  // What was measured on this machine is what the site itself has seen.
  const seen = site.seen.map(({ ja4 }) => ja4)
  expect(seen).toContain(report.http.fingerprint.ja4)
  expect(seen).toContain(report.browser.fingerprint.ja4)
  expect(site.seen.map(({ ja3 }) => ja3)).toContain(report.http.fingerprint.ja3)
  expect(report.differs).toContain('JA4')
  expect(report.differs).not.toContain('pin')

  // The way that the docs name.
  const line = `openssl s_client -connect localhost:${site.port} -servername localhost -alpn h2,http/1.1 </dev/null 2>/dev/null`
  const bash = promisify(execFile)
  const pin = await bash('bash', [
    '-c',
    `${line} | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`,
  ])
  expect(report.http.chain[0].pin).toBe(`sha256//${pin.stdout.trim()}`)
  expect(report.browser.chain[0].pin).toBe(report.http.chain[0].pin)
  expect((await bash('bash', ['-c', line])).stdout).toMatch(/ALPN protocol: h2/)
})

it('says what is wrong with a certificate, and shows the rest all the same', async () => {
  await using site = await startFingerprintServer((_request, response) => response.end('<p>ok'))
  const { code, out } = await home.run(['tls', `localhost:${site.port}`])
  expect(code).toBe(0)
  expect(out).toMatch(/^ +HTTP +BROWSER$/m)
  expect(out).toMatch(/^version +TLSv1\.3 +-$/m)
  expect(out).toMatch(/^JA3 +[0-9a-f]{32} +[0-9a-f]{32} +differs$/m)
  expect(out).toMatch(/^JA4 +t13d\w+ +t13d\w+ +differs$/m)
  expect(out).toMatch(/^fault +DEPTH_ZERO_SELF_SIGNED_CERT +ERR_CERT_AUTHORITY_INVALID$/m)
  expect(out).toMatch(/sha256\/\/[\w+/]{43}=/)
})

it('looks at https alone, and fails where nobody answers', async () => {
  expect(await home.run(['tls', 'http://localhost/'])).toMatchObject({ code: 2 })
  const gone = await home.run(['tls', 'https://localhost:1/'], { env: { ONEJAR_CHROMIUM: '/nonexistent' } })
  expect(gone.code).toBe(1)
  expect(gone.out).toMatch(/^fault +ECONNREFUSED/m)
})
