import { defineCommand } from '../options/option.ts'
import { JSON_OPTION, STORE_OPTIONS } from './store-options.ts'

export const sessionsSpec = defineCommand({
  name: 'sessions',
  summary: 'list, show, remove and purge stored sessions',
  usage: [
    'ls [flags]',
    'show [flags] SESSION',
    'rm [flags] SESSION...',
    'unblock [flags] SESSION ORIGIN',
    'purge [flags]',
  ],
  about: ['Looks after the sessions of a store.'],
  actions: {
    ls: 'list them, of all tenants unless --tenant is given',
    show: 'print what one holds (cookies, storage, routes, blocked origins) and what logs and the audit trail call it; values are masked unless --reveal',
    rm: 'forget sessions',
    unblock: 'let one go on at an origin where a CAPTCHA or a refusal stopped it',
    purge: 'drop those whose time is up, and expired cookies in the others',
  },
  options: {
    ...STORE_OPTIONS,
    ...JSON_OPTION,
    reveal: { help: 'show values (show)' },
  },
  examples: [
    'onejar sessions ls',
    "onejar sessions show alice --json | jq '.cookies[].name'",
    'onejar sessions rm alice bob',
    'onejar sessions unblock alice https://shop.example',
  ],
  words: 'session',
})
