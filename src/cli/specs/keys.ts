import { defineCommand } from '../options/option.ts'
import { JSON_OPTION, STORE_OPTIONS } from './store-options.ts'

export const keysSpec = defineCommand({
  name: 'keys',
  summary: 'make and rotate the keys of a store',
  usage: ['generate', 'rotate [--drop-old] [--store TARGET]'],
  about: [],
  actions: {
    generate: 'print a new key, for ONEJAR_KEYS or a key file',
    rotate:
      "put a new key in front of the store's key file, and seal everything anew with it. The older keys stay in the file, so that what is sealed with them can be read, until --drop-old takes them away; that is refused while anything cannot be read",
  },
  options: {
    'drop-old': { help: 'take the older keys away when all is sealed with the newest' },
    store: STORE_OPTIONS.store,
    ...JSON_OPTION,
  },
  notes: [
    'Processes that have the store open read the key file again within a minute, and when they meet something that was sealed with the new key. Rotate first, and use --drop-old in another call a minute later: what a process still writes with a key that was taken away can be read by nobody.',
    'With ONEJAR_KEYS the keys are yours to change: put a new one in front everywhere, then rotate seals everything anew.',
  ],
  examples: [
    'onejar keys rotate',
    'ONEJAR_KEYS="$(onejar keys generate),$ONEJAR_KEYS" onejar keys rotate --store redis://localhost',
  ],
})
