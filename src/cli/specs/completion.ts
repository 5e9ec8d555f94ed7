import { defineCommand } from '../options/option.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const completionSpec = defineCommand({
  name: 'completion',
  summary: 'print what completes command lines in bash, zsh or fish',
  usage: ['bash', 'zsh', 'fish'],
  about: [
    'Prints a script that completes commands, flags, their values and files, for a shell to read at its start.',
  ],
  actions: {
    bash: 'put eval "$(onejar completion bash)" into ~/.bashrc',
    zsh: 'put eval "$(onejar completion zsh)" into ~/.zshrc, after compinit',
    fish: 'onejar completion fish > ~/.config/fish/completions/onejar.fish',
  },
  options: {},
  examples: ['eval "$(onejar completion bash)"'],
})
