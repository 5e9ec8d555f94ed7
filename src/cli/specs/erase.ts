import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const eraseSpec = defineCommand({
  name: 'erase',
  summary: 'remove one subject from the store, with a certificate',
  usage: ['--subject ID [-o FILE] [flags]', 'verify [--subject ID] [flags] FILE'],
  about: [
    'Removes everything that the store has of a subject: the sessions with this id, in all tenants unless --tenant names one, with their cookies, storage, dead letters and kept responses; then reads the store again. A process that has such a session open gets an empty one.',
    'What is printed is a certificate: a keyed hash of the subject, the pseudonyms of the sessions and how much they held, sealed with the key of the store. It has no name and no value. verify looks whether a certificate is as it was made, and with --subject whether it is about that subject; the exit code is 110 where it is not.',
    'What stays: the audit trail, which knows pseudonyms alone, and screenshots, whose names say nothing of a session. The trail that ONEJAR_AUDIT names has a record of the erasure before it begins and when it is done.',
  ],
  actions: { verify: 'look at a certificate' },
  options: {
    subject: { value: 'ID', completes: 'session', help: 'the id of the subject’s sessions' },
    store: {
      value: 'TARGET',
      completes: 'file',
      help: 'a file, redis://HOST, module:PATH; default: onejar.db in ONEJAR_HOME',
    },
    tenant: { value: 'NAME', help: 'only the sessions of this tenant; default: all tenants' },
    output: { short: 'o', value: 'FILE', completes: 'file', help: 'write the certificate to this file' },
    ...JSON_OPTION,
  },
  examples: [
    'onejar erase --subject alice -o erased.json',
    'onejar erase verify --subject alice erased.json',
  ],
  words: 'file',
})
