import { html, render } from 'lit'
import { day, json, last, price } from './shown.js'

const { product: id } = await json(`/api/slugs?slug=${last()}`)
const product = await json(`/api/products/${id}`)
render(
  html`<article><h1>${product.name}</h1><b class="price">${price(product.price)}</b><i class="stock">${product.stock}</i
    ><time>Since ${day(product.since)}</time></article>`,
  document.querySelector('#app'),
)
