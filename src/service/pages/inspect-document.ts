/** The inspector's page. What it shows is asked for by its script, with the token that a person types. */
export const INSPECT_DOCUMENT = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Onejar inspector</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/inspect/inspect.css">
<script src="/inspect/inspect.js" defer></script></head>
<body>
<header><h1>Onejar inspector</h1><p class="lead" id="state" role="status">Not connected</p></header>
<main>
<section id="login" aria-labelledby="login-heading"><h2 id="login-heading">Connect</h2>
<form id="login-form"><label for="token">Token of the service</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<button type="submit">Connect</button></form>
<p class="note">The token stays in this page’s memory: it is gone when the page is closed.</p></section>
<div id="connected" hidden>
<section aria-labelledby="service-heading"><h2 id="service-heading">Service</h2><dl class="facts" id="service"></dl></section>
<section aria-labelledby="sessions-heading"><h2 id="sessions-heading">Sessions</h2>
<label for="filter">Filter by id</label><input id="filter" type="search" autocomplete="off" spellcheck="false">
<ul class="choices" id="sessions"></ul></section>
<div id="chosen" hidden>
<section aria-labelledby="session-heading"><h2 id="session-heading">Session</h2><dl class="facts" id="session"></dl></section>
<section aria-labelledby="blocked-heading"><h2 id="blocked-heading">Blocked origins</h2><ol class="rows" id="blocked"></ol></section>
<section aria-labelledby="requests-heading"><h2 id="requests-heading">Requests, and why each took its transport</h2><ol class="rows" id="requests"></ol></section>
<section aria-labelledby="challenges-heading"><h2 id="challenges-heading">Challenges, and what showed them</h2><ol class="rows" id="challenges"></ol></section>
<section aria-labelledby="events-heading"><h2 id="events-heading">What was decided, and why</h2><ol class="rows" id="events"></ol></section>
<section aria-labelledby="changes-heading"><h2 id="changes-heading">Who wrote what, the latest</h2><ol class="rows" id="changes"></ol></section>
<section aria-labelledby="entries-heading"><h2 id="entries-heading">Cookies and localStorage</h2>
<p><button type="button" id="reveal">Show the values</button> <span class="note">Each time is kept in the audit trail.</span></p>
<ol class="rows" id="entries"></ol></section>
</div></div>
</main></body></html>
`
