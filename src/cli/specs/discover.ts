import { defineCommand } from '../options/option.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'
import { JSON_OPTION } from './store-options.ts'

const { session, tenant, store, proxy, insecure, robots, headed, silent, verbose } = FETCH_OPTIONS

export const discoverSpec = defineCommand({
  name: 'discover',
  summary: "find the request that holds a page's data",
  usage: ['[flags] URL'],
  about: [
    'Opens a page once, looks at what it asks for itself, and says which of its requests holds what is wanted: method, URL as a template, where in the answer each text is, what the request needs, what pages it, whether HTTP can ask for it, and why. For the best one, a program and a line of curl that make the request stand below the table; no secret is in them. Nothing is sent again, and what may change something is not looked into.',
  ],
  options: {
    want: {
      value: 'TEXT',
      multiple: true,
      sets: 'want',
      help: 'a text that the page shows. Repeatable; default: everything that it shows',
    },
    field: {
      value: 'NAME=SELECTOR',
      multiple: true,
      help: 'what a CSS selector finds on the page, in place of texts; NAME=SELECTOR@ATTR for an attribute. Repeatable',
    },
    reads: {
      value: 'URL',
      multiple: true,
      sets: 'reads',
      help: 'a POST to this URL only reads; GraphQL queries are recognised without. Repeatable',
    },
    'max-time': { short: 'm', value: 'SECONDS', sets: 'timeoutMs', help: 'for everything; default: 60' },
    session,
    tenant,
    store,
    proxy,
    insecure,
    robots,
    headed,
    silent,
    verbose,
    ...JSON_OPTION,
  },
  notes: ['The exit code is 106 where no request holds what is wanted.'],
  examples: [
    'onejar discover https://shop.example/products/5 --want "Blue chair" --want "49.99"',
    'onejar discover --session alice --field "price=.price" --json https://shop.example/products/5',
  ],
})
