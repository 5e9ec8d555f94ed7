import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { closePage } from '../../../src/browser/index.ts'
import { certificate } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'

it('closes pages of which Chromium forgets that they are to be closed', async () => {
  const server = https.createServer(certificate()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const untrusted = `https://localhost:${(server.address() as AddressInfo).port}/`
  const browser = await launchChromium()
  const context = await browser.newContext()
  // A page that could not be reached, and then one whose certificate is not to be trusted: every other one is forgotten.
  const closed = async (page: Page) => {
    await page.goto('https://localhost:1/').catch(() => {})
    const refused = await page.goto(untrusted, { waitUntil: 'commit' }).then(String, String)
    expect(refused).toContain('ERR_CERT_AUTHORITY_INVALID')
    await closePage(page)
    return page.isClosed()
  }
  const pages = await Promise.all(Array.from({ length: 8 }, () => context.newPage()))
  expect(await Promise.all(pages.map(closed))).toEqual(pages.map(() => true))
  await browser.close()
  server.close()
})
