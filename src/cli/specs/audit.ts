import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const auditSpec = defineCommand({
  name: 'audit',
  summary: 'check that an audit trail is as it was written',
  usage: ['verify [flags] [PATH]'],
  about: [
    'Reads an audit trail from its first record to its last and looks at every link of the chain: records that were altered, removed, added, put in another order or cut off at the end are found. The first place where the trail is broken is reported as FILE:LINE, and the exit code is 110.',
    'PATH is the file that the option audit.path, or ONEJAR_AUDIT, names; default: that of ONEJAR_AUDIT. Files that were put aside when they were full (PATH.000000012345) are read along with it.',
  ],
  actions: { verify: 'check a trail' },
  options: {
    store: {
      value: 'TARGET',
      completes: 'file',
      help: 'the store whose keys seal the trail; default: onejar.db in ONEJAR_HOME. ONEJAR_KEYS overrides it',
    },
    'no-key': { help: 'look at the links alone: who can write the file can then make a chain of their own' },
    partial: { help: 'the older files, or the .head file, are kept elsewhere' },
    ...JSON_OPTION,
  },
  examples: [
    'onejar audit verify',
    'onejar audit verify --store redis://localhost /var/log/onejar/audit.jsonl',
  ],
  words: 'file',
})
