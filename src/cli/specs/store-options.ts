import type { OptionTable } from '../options/option.ts'

/** Which store, and whose sessions in it. */
export const STORE_OPTIONS = {
  store: {
    value: 'TARGET',
    completes: 'file',
    sets: 'store',
    help: 'a file, redis://HOST, module:PATH; default: onejar.db in ONEJAR_HOME',
  },
  tenant: {
    value: 'NAME',
    sets: 'tenant',
    help: 'sessions of different tenants share nothing; default: default',
  },
} as const satisfies OptionTable

export const JSON_OPTION = {
  json: { help: 'for programs: the result, and an error, as JSON' },
} as const satisfies OptionTable
