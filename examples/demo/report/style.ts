/** The report's stylesheet: no fonts, images or scripts from anywhere, and both colour schemes. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1d2433; --muted: #5a6478; --page: #f6f7f9; --card: #fff; --line: #dfe3ea;
  --http: #0b7a75; --page-fetch: #a15c00; --page-lane: #b3365b; --browser-only: #6d57b5; --visit: #b3365b;
  --good: #166534; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9f0; --muted: #a2adc2; --page: #12151c; --card: #1b202b; --line: #323a4a;
    --http: #3fc9bf; --page-fetch: #f0b45a; --page-lane: #f28ba8; --browser-only: #b4a3f2; --visit: #f28ba8;
    --good: #6fd993; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
.lead, .note { color: var(--muted); margin: 0; }
.note { font-size: .875rem; margin-top: .75rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin-top: 1.25rem;
  padding: 1.25rem; }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 1.5rem 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; }
.tiles dt { color: var(--muted); font-size: .875rem; }
.tiles dd { font-size: 1.7rem; font-variant-numeric: tabular-nums; font-weight: 650; line-height: 1.25; margin: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { color: var(--muted); font-size: .875rem; padding-bottom: .5rem; text-align: left; }
th, td { border-top: 1px solid var(--line); padding: .4rem .75rem .4rem 0; text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--muted); font-size: .875rem; font-weight: 500; }
tbody th { font-weight: 500; }
th.number, td.number { text-align: right; white-space: nowrap; }
th.number + th, td.number + th, td.number + td { padding-left: 1rem; }
code { font: .875em ui-monospace, 'Cascadia Mono', Menlo, monospace; overflow-wrap: anywhere; }
th > code { overflow-wrap: break-word; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
svg { display: block; height: auto; min-width: 38rem; width: 100%; }
svg text { fill: var(--muted); font: 12px system-ui, sans-serif; }
svg .strong { fill: var(--text); font-weight: 600; }
.grid { stroke: var(--line); }
.http { fill: var(--http); } .page-fetch { fill: var(--page-fetch); } .page { fill: var(--page-lane); }
.browser-only { fill: var(--browser-only); } .visit { fill: var(--visit); fill-opacity: .22; stroke: var(--visit); }
summary { cursor: pointer; font-weight: 600; }
summary:focus-visible, .wide:focus-visible { outline: 2px solid var(--http); outline-offset: 3px; }
@media print { body { background: none; } details:not([open]) { display: none; } }
`
