// Searches window.SEARCH, which search-index.js sets: [page, title of the page, id, heading, text] of each section.
const input = document.getElementById('search')
const found = document.getElementById('found')
const SHOWN = 12

function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
}

function scoreOf([, title, , heading, text], words) {
  let score = 0
  for (const word of words) {
    const inTitle = title.toLowerCase().includes(word)
    const inHeading = heading.toLowerCase().includes(word)
    const times = text.toLowerCase().split(word).length - 1
    if (!inTitle && !inHeading && times === 0) return 0
    score += (inTitle ? 6 : 0) + (inHeading ? 10 : 0) + Math.min(times, 5)
  }
  return score
}

function excerptOf(text, words) {
  const at = Math.max(0, text.toLowerCase().indexOf(words[0]))
  const start = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1
  return `${start > 0 ? '… ' : ''}${text.slice(start, start + 160)}${text.length > start + 160 ? ' …' : ''}`
}

/** Texts are put in as texts: nothing in a page can become an element here. */
function marked(text, words) {
  const span = document.createElement('span')
  let rest = text
  while (rest !== '') {
    const ats = words.map((word) => [rest.toLowerCase().indexOf(word), word.length]).filter(([at]) => at >= 0)
    const [at, length] = ats.sort((a, b) => a[0] - b[0])[0] ?? [rest.length, 0]
    span.append(rest.slice(0, at))
    if (length > 0) span.append(Object.assign(document.createElement('mark'), { textContent: rest.slice(at, at + length) }))
    rest = rest.slice(at + length)
  }
  return span
}

function show() {
  const words = wordsOf(input.value)
  found.hidden = words.length === 0
  if (words.length === 0) return
  const results = window.SEARCH.map((entry) => [scoreOf(entry, words), entry])
    .filter(([score]) => score > 0)
    .sort((a, b) => b[0] - a[0])
    .slice(0, SHOWN)
  found.replaceChildren(
    ...results.map(([, [page, title, id, heading, text]]) => {
      const link = document.createElement('a')
      link.href = id === '' ? page : `${page}#${id}`
      const small = document.createElement('small')
      small.append(marked(excerptOf(text, words), words))
      link.append(marked(heading === title || heading === '' ? title : `${title}: ${heading}`, words), small)
      return link
    }),
  )
  if (results.length === 0)
    found.append(Object.assign(document.createElement('p'), { textContent: 'Nothing has all of these words.' }))
}

input.addEventListener('input', show)
input.form.addEventListener('submit', (event) => {
  event.preventDefault()
  found.querySelector('a')?.click()
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    input.value = ''
    show()
  } else if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault()
    input.focus()
  }
})
document.addEventListener('click', (event) => {
  if (!found.contains(event.target) && event.target !== input) found.hidden = true
})
