import { PAGE_STYLE } from '../../report/index.ts'

/** The inspector's stylesheet. */
export const INSPECT_STYLE = `${PAGE_STYLE}
[hidden] { display: none; }
label { display: block; font-size: .875rem; color: var(--muted); }
input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: .4rem;
  max-width: 26rem; min-height: 2.75rem; padding: .25rem .6rem; width: 100%; }
button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: .4rem;
  cursor: pointer; min-height: 2.75rem; padding: .25rem .9rem; text-align: left; }
button[aria-pressed="true"] { border-color: var(--focus); box-shadow: inset 0 0 0 1px var(--focus); font-weight: 600; }
form button { margin-top: .5rem; }
.facts { display: grid; gap: .25rem 1rem; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); margin: 0; }
.facts dt { color: var(--muted); font-size: .875rem; }
.facts dd { margin: 0; }
.choices { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .75rem 0 0; padding: 0; }
.evidence { margin: .25rem 0 0; padding-left: 1.25rem; }
`
