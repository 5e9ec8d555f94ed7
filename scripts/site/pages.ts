/** A page of the site, or a heading over some of them. */
export interface Section {
  readonly title: string
  /** For those who change Onejar, and not for those who use it. */
  readonly isForMaintainers?: boolean
  /** Files of the repository, in the order in which the site shows them; a folder stands for all pages in it. */
  readonly files: readonly string[]
}

/** What the site has, in its order. A page of `docs/` that nobody lists comes last in the section `OTHERS`. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Begin',
    files: [
      'README.md',
      'docs/getting-started.md',
      'examples/first-day/README.md',
      'docs/troubleshooting.md',
      'docs/faq.md',
      'docs/comparison.md',
    ],
  },
  {
    title: 'Recipes',
    files: [
      'docs/recipes/log-in-and-crawl.md',
      'docs/recipes/resume-the-next-day.md',
      'docs/recipes/log-in-again.md',
      'docs/recipes/cookies-from-my-browser.md',
      'docs/recipes/my-own-chrome.md',
      'docs/recipes/render-one-page-in-fifty.md',
      'docs/recipes',
    ],
  },
  {
    title: 'Use it with',
    files: [
      'docs/clients.md',
      'docs/your-own-browser.md',
      'docs/crawlee.md',
      'docs/playwright-test.md',
      'docs/rented-browsers.md',
      'docs/by-hand.md',
      'docs/cli.md',
      'docs/service.md',
      'examples/README.md',
    ],
  },
  {
    title: 'Run it',
    files: [
      'docs/operating.md',
      'docs/seeing.md',
      'docs/stores.md',
      'docs/tokens.md',
      'docs/data.md',
      'docs/challenges.md',
      'docs/compliance.md',
      'docs/security.md',
      'docs/metrics.md',
    ],
  },
  { title: 'Look it up', files: ['docs/options.md', 'docs/errors.md', 'docs/glossary.md', 'CHANGELOG.md'] },
  {
    title: 'Inside',
    isForMaintainers: true,
    files: [
      'docs/architecture.md',
      'docs/promises.md',
      'docs/performance.md',
      'docs/testing.md',
      'docs/dependencies.md',
      'CONTRIBUTING.md',
      'docs/api-report.md',
      'docs/decisions',
    ],
  },
]

export const OTHERS = 'Run it'
