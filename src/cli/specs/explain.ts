import { defineCommand } from '../options/option.ts'
import { JSON_OPTION } from './store-options.ts'

export const explainSpec = defineCommand({
  name: 'explain',
  summary: 'say what a recorded response is, and why',
  usage: ['[flags] [FILE]'],
  about: [
    'Says what a recorded response is (ok, js-challenge, captcha, block, waiting-room, rate-limited, unauthorised, error), how sure that is, and why: the same that onejar fetch goes by. Nothing is fetched. FILE is a response as curl -i writes it: a status line, headers, an empty line, the body; without FILE, or with -, it is read from stdin.',
    'With --har, FILE is a HAR file of this program or of a browser: each of its responses is explained in this way, and which transport would be used after it.',
  ],
  options: {
    url: { value: 'URL', help: 'what answered; default: https://site.example/' },
    request: { short: 'X', value: 'NAME', help: 'the method of the request; default: GET' },
    signals: {
      value: 'FILE',
      completes: 'file',
      sets: 'signals',
      help: 'further rows for the table, as a JSON array (see docs/challenges.md)',
    },
    har: { help: 'FILE is a HAR file; the lines are about each of its responses' },
    ...JSON_OPTION,
    fail: {
      short: 'f',
      help: 'the exit code is the verdict: 102 js-challenge, 103 captcha, 104 block, 105 rate-limited, 111 waiting-room, 67 unauthorised, 22 error',
    },
  },
  examples: [
    'curl -si https://shop.example/ | onejar explain --url https://shop.example/',
    'onejar explain --json recorded.http',
    'onejar explain --har trace.har',
  ],
  words: 'file',
})
