import { html, LitElement } from 'lit'
import { day, json, last, price } from './shown.js'

class ShopProduct extends LitElement {
  static properties = { product: { state: true } }

  connectedCallback() {
    super.connectedCallback()
    json(`/api/products/${last()}`).then((product) => {
      this.product = product
    })
  }

  render() {
    const { product } = this
    if (product === undefined) return html`<p>Loading</p>`
    return html`<article>
      <h1>${product.name}</h1><b class="price">${price(product.price)}</b><i class="stock">${product.stock}</i>
      <time>Since ${day(product.since)}</time>
    </article>`
  }
}

customElements.define('shop-product', ShopProduct)
document.querySelector('#app').append(document.createElement('shop-product'))
