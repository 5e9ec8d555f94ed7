import { defineCommand } from '../options/option.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'

export const curlSpec = defineCommand({
  name: 'curl',
  summary: 'run a line of "Copy as cURL" on a session',
  usage: ["[flags] 'curl ...'", '[flags] -', '[flags] curl URL ...'],
  about: [
    'Runs what "Copy as cURL" of a browser\'s DevTools gives, on a session: paste the line in quotes, feed it to stdin (-), or write onejar in front of it. Lines for bash and for the command prompt of Windows are read, and those of "Copy all as cURL". The cookies of a line go into the session; its headers and data are sent with this request. Everything else is as with onejar fetch, whose flags may stand beside the line.',
  ],
  options: FETCH_OPTIONS,
  notes: ['Nothing of a line is run: one with a variable or a command in it is refused.'],
  examples: [
    `onejar curl --session alice 'curl "https://shop.example/api" -b "sid=1" --compressed'`,
    'pbpaste | onejar curl --session alice -',
    "onejar curl 'https://shop.example/api' -H 'accept: application/json' --session alice",
  ],
})
