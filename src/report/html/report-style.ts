import { PAGE_STYLE } from './page-style.ts'

/** The report's stylesheet. */
export const REPORT_STYLE = `${PAGE_STYLE}
svg { display: block; width: 100%; }
svg.bar { height: .9rem; } svg.lane { height: 3rem; }
svg .back { fill: var(--line); fill-opacity: .5; }
svg .http { fill: var(--http); } svg .page-fetch { fill: var(--page-fetch); } svg .page { fill: var(--page-lane); }
svg .solve, svg .person, svg .login { fill: var(--solve); } svg .own { fill: var(--own); } svg .failed { fill: var(--bad); }
.bars { list-style: none; margin: 0; padding: 0; }
.bars > li { margin-top: .6rem; }
.bars p { margin: 0 0 .15rem; }
.axis { color: var(--muted); display: flex; font-size: .8rem; justify-content: space-between; margin: .25rem 0 0; }
.evidence { margin: .25rem 0 0; padding-left: 1.25rem; }
main > .note { margin: 1rem 0 0; }
@media print { body { background: none; } }
`
