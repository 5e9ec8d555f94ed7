import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const doctorSpec = defineCommand({
  name: 'doctor',
  summary: 'look whether everything is there and works',
  usage: ['[--json] [--store TARGET]'],
  about: [
    'Looks whether everything that Onejar needs is there and works: Node.js, Chromium (which is started), the store and its keys, Redis. Says what to do where something is wrong. Changes nothing.',
  ],
  options: {
    ...JSON_OPTION,
    store: {
      value: 'TARGET',
      completes: 'file',
      help: 'the store to look at: a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME',
    },
  },
  notes: ['Exit code: 0, or 1 when something needed is missing or broken.'],
  examples: ['onejar doctor', 'onejar doctor --store redis://localhost:6379 --json'],
})
