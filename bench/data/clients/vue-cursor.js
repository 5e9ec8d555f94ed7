import { createApp, h, ref } from 'vue'
import { json, last, price } from './shown.js'

createApp({
  setup() {
    const items = ref([])
    json(`/api/feed?first=5&after=${last()}`).then(({ edges }) => {
      items.value = edges.map(({ node }) => node)
    })
    return () =>
      h(
        'ul',
        items.value.map(({ name, price: amount }) => h('li', [h('h2', name), h('b', { class: 'price' }, price(amount))])),
      )
  },
}).mount('#app')
