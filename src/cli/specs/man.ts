import { defineCommand } from '../options/option.ts'

export const manSpec = defineCommand({
  name: 'man',
  summary: 'print the manual page',
  usage: [''],
  about: [
    'Prints the manual page of onejar, with every command and flag, as man reads it. An installed package brings it along: man onejar.',
  ],
  options: {},
  examples: ['onejar man | man -l -'],
})
