import { createApp, h, ref } from 'vue'
import { day, price } from './shown.js'

/** Shows a product with Vue. */
export function showProduct(load) {
  createApp({
    setup() {
      const product = ref(null)
      load().then((loaded) => {
        product.value = loaded
      })
      return () =>
        product.value === null
          ? h('p', 'Loading')
          : h('article', [
              h('h1', product.value.name),
              h('b', { class: 'price' }, price(product.value.price)),
              h('i', { class: 'stock' }, product.value.stock),
              h('time', `Since ${day(product.value.since)}`),
            ])
    },
  }).mount('#app')
}
