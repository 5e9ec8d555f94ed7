/** Colours and shapes that the report and the pages of the service share: no fonts or pictures from anywhere, both colour schemes. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1d2433; --muted: #566074; --page: #f6f7f9; --card: #fff; --line: #dfe3ea; --focus: #0b5fff;
  --http: #0b7a75; --page-fetch: #935300; --page-lane: #b3365b; --own: #6048b0; --solve: #b3365b;
  --good: #166534; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9f0; --muted: #a9b3c7; --page: #12151c; --card: #1b202b; --line: #323a4a; --focus: #8ab4ff;
    --http: #3fc9bf; --page-fetch: #f0b45a; --page-lane: #f28ba8; --own: #b4a3f2; --solve: #f28ba8;
    --good: #6fd993; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
code { font: .875em ui-monospace, 'Cascadia Mono', Menlo, monospace; }
.lead, .note { color: var(--muted); margin: 0; }
.note { font-size: .875rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin-top: 1rem; padding: 1rem; }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin: 1rem 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .75rem 1rem; }
.tiles dt { color: var(--muted); font-size: .875rem; }
.tiles dd { font-size: 1.5rem; font-variant-numeric: tabular-nums; font-weight: 650; line-height: 1.25; margin: 0; }
.rows { list-style: none; margin: 0; padding: 0; font-variant-numeric: tabular-nums; }
.rows > li { border-top: 1px solid var(--line); display: grid; gap: 0 1rem; padding: .45rem 0;
  grid-template-columns: 5.5rem minmax(0, 1fr); }
.rows > li:first-child { border-top: 0; }
.rows .at { color: var(--muted); font-size: .875rem; }
.rows p { margin: 0; }
.why { color: var(--muted); font-size: .875rem; }
.via { font-weight: 600; }
.via.http { color: var(--http); } .via.page-fetch { color: var(--page-fetch); } .via.page { color: var(--page-lane); }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; font-weight: 600; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
@media (max-width: 40rem) {
  body { padding: 1rem .5rem 3rem; }
  section { padding: .75rem; }
  .rows > li { grid-template-columns: minmax(0, 1fr); }
}
`
