import { defineCommand } from '../options/option.ts'
import { JSON_OPTION, STORE_OPTIONS } from './store-options.ts'

export const deadLettersSpec = defineCommand({
  name: 'dead-letters',
  summary: 'list, show, send again and forget requests that were given up',
  usage: [
    'ls [flags] [SESSION]',
    'show [flags] SESSION ID',
    'retry [flags] SESSION ID...',
    'rm [flags] SESSION ID...',
  ],
  about: ['Manages requests that failed for good and were kept.'],
  actions: {
    ls: 'list those of one session or of all',
    show: 'print one; query, headers and body are masked unless --reveal',
    retry: 'send them again, with what the session holds now: one that passes is gone',
    rm: 'forget them',
  },
  options: {
    ...STORE_OPTIONS,
    all: { help: 'every letter of the session (retry, rm)' },
    ...JSON_OPTION,
    reveal: { help: 'show values (show)' },
  },
  examples: ['onejar dead-letters ls', 'onejar dead-letters retry alice --all'],
  words: 'session',
})
