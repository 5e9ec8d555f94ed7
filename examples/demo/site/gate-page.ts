import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The page that replaces every other page until the browser has done the work. It holds nothing of the page asked for. */
export const GATE_PAGE = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>One moment</title>
<meta name="robots" content="noindex"><meta name="viewport" content="width=device-width, initial-scale=1">
<script src="/__gate/altcha.js" type="module"></script><script src="/__gate/gate.js" type="module"></script></head>
<body><main><h1>Checking your browser</h1>
<p>This takes a second or two; the page you asked for follows by itself.</p>
<altcha-widget challenge="/__gate/challenge" auto="onload"></altcha-widget>
<noscript><p>Please switch JavaScript on to go on.</p></noscript></main></body></html>
`

/** Sends the widget's answer, and requests the page again. */
export const GATE_SCRIPT = `
const widget = document.querySelector('altcha-widget')

widget.addEventListener('statechange', async (event) => {
  if (event.detail.state !== 'verified') return
  const response = await fetch('/__gate/verify', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ altcha: event.detail.payload }),
  })
  if (response.ok) location.reload()
  else widget.reset('error', 'The answer was refused.')
})
`

/** The content security policy of the gate: it allows the styles and workers that the widget's bundle holds. */
export const GATE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; img-src 'self' data:"

/** ALTCHA's own bundle, as it is published. */
export function widgetBundle(): Promise<Buffer> {
  return readFile(fileURLToPath(new URL('altcha.min.js', import.meta.resolve('altcha'))))
}
