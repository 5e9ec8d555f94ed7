import htmx from 'htmx.org'
import { last } from './shown.js'

const app = document.querySelector('#app')
app.setAttribute('hx-get', `/fragments/${last()}`)
app.setAttribute('hx-trigger', 'load')
htmx.process(app)
