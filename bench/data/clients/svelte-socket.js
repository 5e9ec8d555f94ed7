import { mount } from 'svelte'
import Product from './product.svelte'
import { last } from './shown.js'

mount(Product, {
  target: document.querySelector('#app'),
  props: {
    load: () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket`)
        socket.onopen = () => socket.send(JSON.stringify({ id: last() }))
        socket.onmessage = ({ data }) => {
          socket.close()
          resolve(JSON.parse(data))
        }
      }),
  },
})
