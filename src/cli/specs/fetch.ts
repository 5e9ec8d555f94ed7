import { defineCommand } from '../options/option.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'

export const fetchSpec = defineCommand({
  name: 'fetch',
  summary: 'fetch URLs, by HTTP or by the browser, as the site demands',
  usage: ['[flags] URL...'],
  about: [
    'Fetches URLs: over HTTP where that works, and by way of the browser where the site demands one. The body goes to stdout as it is; everything else to stderr. Redirects are followed. A URL without a scheme is taken as http.',
  ],
  options: FETCH_OPTIONS,
  examples: [
    'onejar fetch https://shop.example/',
    'onejar fetch --session alice -d user=alice -d @password.txt https://shop.example/login',
    'onejar fetch --session alice -fsS -o orders.json https://shop.example/api/orders',
    'onejar fetch -v --render https://app.example/',
  ],
})
