// Crawlee on a session: npm install @crawlee/cheerio onejar && node crawlee.mjs [SITE]
import { CheerioCrawler, Configuration } from '@crawlee/cheerio'
import { openBroker } from 'onejar'
import { crawlWith } from 'onejar/crawlee'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const broker = await openBroker({ store: 'memory' })
const titles = []
try {
  const crawler = new CheerioCrawler(
    {
      ...crawlWith(broker).http, // these are the two lines: this one, and the import
      requestHandler: ({ $ }) => titles.push($('h1').text()),
    },
    new Configuration({ persistStorage: false }),
  )
  const urls = Array.from({ length: 20 }, (_, at) => `${site}/items/${at + 11}`)
  const { requestsFinished } = await crawler.run(urls) // behind a challenge: one visit by the browser, the rest is HTTP
  console.log(`${requestsFinished} pages, ${new Set(titles).size} titles`)
} finally {
  await broker.close()
}
