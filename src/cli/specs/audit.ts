import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const auditSpec = defineCommand({
  name: 'audit',
  summary: 'read, check, export and prune an audit trail',
  usage: [
    'verify [flags] [PATH]',
    'tail [-n LINES] [-f] [flags] [PATH]',
    'export [-o FILE] [flags] [PATH]',
    'prune --before WHEN [flags] [PATH]',
  ],
  about: [
    'An audit trail is a chain of records, one line of JSON each, and none of them holds a secret. PATH is the file that the option audit.path, or ONEJAR_AUDIT, names; default: that of ONEJAR_AUDIT. Files that were put aside when they were full (PATH.000000012345) are read along with it.',
    'verify reads it from its first record to its last and looks at every link: records that were altered, removed, added, put in another order or cut off at the end are found. The first place where the trail is broken is reported as FILE:LINE, and the exit code is 110.',
    'tail prints the last records; with -f those that are written from then on too, until it is ended. export writes records as they are, one a line, and looks at every link on the way: where the trail is broken it ends there, with exit code 110.',
    'prune deletes the records before an instant, in every file, and keeps a record of it that is sealed like the others: verify then takes the record after the cut for the first one, and still finds what else is missing. A trail that is broken in the part that would go is not pruned.',
  ],
  actions: {
    verify: 'check a trail',
    tail: 'print the last records',
    export: 'write records as JSON lines',
    prune: 'delete the oldest records',
  },
  options: {
    store: {
      value: 'TARGET',
      completes: 'file',
      help: 'the store whose keys seal the trail; default: onejar.db in ONEJAR_HOME. ONEJAR_KEYS overrides it',
    },
    tenant: { value: 'NAME', help: 'of the sessions of --session; default: default' },
    'no-key': { help: 'look at the links alone: who can write the file can then make a chain of their own' },
    partial: { help: 'the older files, or the .head file, are kept elsewhere' },
    lines: { short: 'n', value: 'LINES', help: 'how many records (tail); default: 10' },
    follow: { short: 'f', help: 'go on with those that come (tail)' },
    rule: { value: 'RULE', multiple: true, help: 'only records of this rule (tail, export)' },
    session: {
      value: 'ID',
      multiple: true,
      completes: 'session',
      help: 'only records of this session (tail, export); its pseudonym is asked of the store',
    },
    pseudonym: {
      value: 'HASH',
      multiple: true,
      help: 'only records of the session that the trail calls so (tail, export)',
    },
    since: {
      value: 'WHEN',
      help: 'only records from then on (tail, export): a date, or how long ago (15m, 2h, 30d)',
    },
    until: { value: 'WHEN', help: 'only records before then (tail, export)' },
    before: { value: 'WHEN', help: 'what is older goes (prune): a date, or how long ago' },
    output: { short: 'o', value: 'FILE', completes: 'file', help: 'write to this file, mode 0600 (export)' },
    ...JSON_OPTION,
  },
  examples: [
    'onejar audit verify',
    'onejar audit verify --store redis://localhost /var/log/onejar/audit.jsonl',
    'onejar audit tail -f --rule request-repeated --rule site-blocked',
    'onejar audit export --since 30d -o november.jsonl',
    'onejar audit prune --before 365d',
  ],
  words: 'file',
})
