// Fifty pages over HTTP; the few whose content a script writes are rendered: node render-one-page-in-fifty.mjs [SITE]
import { openBroker } from 'onejar'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const broker = await openBroker({ store: 'memory' })
const via = { http: 0, 'page-fetch': 0, page: 0 }
try {
  const session = await broker.session('prices')
  for (let number = 1; number <= 50; number++) {
    const url = `${site}/prices/${number}`
    let response = await session.fetch(url)
    let html = await response.text()
    if (!/<p class="price">/.test(html.replace(/<script>.*<\/script>/s, ''))) {
      response = await session.fetch(url, { render: true, expect: { selector: '.price' } })
      html = await response.text()
    }
    via[response.via]++
    if (!html.includes(`${number} EUR`)) throw new Error(`no price on page ${number}`)
  }
  console.log(via)
} finally {
  await broker.close()
}
