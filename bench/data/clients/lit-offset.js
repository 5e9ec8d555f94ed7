import { html, render } from 'lit'
import { json, price } from './shown.js'

const page = Number(new URLSearchParams(location.search).get('page'))
const { items } = await json(`/api/list?limit=5&offset=${(page - 1) * 5}`)
render(
  html`<ul>${items.map((item) => html`<li><h2>${item.name}</h2><b class="price">${price(item.price)}</b></li>`)}</ul>`,
  document.querySelector('#app'),
)
