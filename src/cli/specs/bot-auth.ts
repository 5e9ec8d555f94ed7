import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const botAuthSpec = defineCommand({
  name: 'bot-auth',
  summary: 'make a key for Web Bot Auth, and print its directory',
  usage: ['key', 'directory --key FILE --agent ORIGIN [flags]'],
  about: [
    'With the option botAuth, requests to chosen origins are signed, so that they can tell who asks. Who verifies looks for the public key at the origin that the option agent names.',
  ],
  actions: {
    key: 'print a new Ed25519 key as a JWK. It is a secret: keep it in a file of mode 0600',
    directory:
      'print what that origin has to answer at /.well-known/http-message-signatures-directory: the public half, and with --headers the headers of the response too',
  },
  options: {
    key: { value: 'FILE', help: 'the JWK, with its secret half, which is not printed' },
    agent: { value: 'ORIGIN', help: 'the https origin that serves the directory' },
    headers: {
      help: "print the response's headers first. They hold a signature that shows that who serves the directory has the key",
    },
    'expires-ms': { value: 'MS', help: 'how long that signature is good for; default: 86400000' },
    ...JSON_OPTION,
  },
  notes: ['The signature runs out: print the headers again before it does.'],
  examples: [
    '(umask 077; onejar bot-auth key > bot.jwk)',
    'onejar bot-auth directory --key bot.jwk --agent https://bot.example > directory.json',
    'onejar bot-auth directory --key bot.jwk --agent https://bot.example --headers',
  ],
})
