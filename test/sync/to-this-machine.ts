import type { BrokerOptions } from '../../src/index.ts'

type Done = (error: null, address: string | { address: string; family: number }[], family?: number) => void

/** Every name is this machine: what the browser's `--host-resolver-rules` says, for the HTTP side. */
export const toThisMachine = {
  lookup: (_host: string, options: { readonly all?: boolean }, done: Done) => {
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
    else done(null, '127.0.0.1', 4)
  },
} as unknown as NonNullable<BrokerOptions['connect']>
