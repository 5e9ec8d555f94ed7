import { BrowserHost } from '../../../src/browser/index.ts'
import { BrowserRental } from '../../support/browser-rental.ts'
import { openLocalBrowser } from '../../support/local-browser.ts'
import { describeBrowserPort } from './kit.ts'

describeBrowserPort('a rented browser', async () => {
  const rental = await BrowserRental.start(1)
  const port = await openLocalBrowser(new BrowserHost({ endpoint: rental.endpoint }))
  const close = async () => {
    await port.close()
    await rental[Symbol.asyncDispose]()
  }
  return { ...port, close }
})
