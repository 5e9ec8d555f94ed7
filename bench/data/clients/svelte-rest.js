import { mount } from 'svelte'
import Product from './product.svelte'
import { json, last } from './shown.js'

mount(Product, {
  target: document.querySelector('#app'),
  props: { load: () => json(`/api/products/${last()}`) },
})
