import { last } from './shown.js'
import { showProduct } from './vue-product.js'

showProduct(
  () =>
    new Promise((resolve) => {
      const events = new EventSource(`/api/events/${last()}`)
      events.onmessage = ({ data }) => {
        events.close()
        resolve(JSON.parse(data))
      }
    }),
)
