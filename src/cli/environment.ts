/** What the environment says to the command line. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  [
    'ONEJAR_HOME',
    'where the default store, keys and identity.json are; default: $XDG_STATE_HOME/onejar, ~/.local/state/onejar',
  ],
  ['ONEJAR_KEYS', 'the keys of the store, newest first, instead of a key file'],
  [
    'ONEJAR_KEYS_FILE',
    'the file with those keys, which is read again; never made or changed, whoever it belongs to',
  ],
  [
    'ONEJAR_REDIS_PASSWORD_FILE',
    'the file with the password for Redis, store and queue, where the URL has none',
  ],
  ['ONEJAR_AUDIT', 'the file of the audit trail, for brokers and for export, sessions rm and sessions purge'],
  ['ONEJAR_CHROMIUM', 'the browser to start'],
  ['ONEJAR_TOKEN', 'the token of serve, and of the metrics of a worker'],
  ['ONEJAR_TENANT_TOKENS', 'the tokens of tenants for serve, as JSON'],
  ['NO_COLOR', 'anything: a terminal gets no colours either'],
]
