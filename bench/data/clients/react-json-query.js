import { showProduct } from './react-product.js'
import { json, last } from './shown.js'

showProduct(async () => {
  const input = encodeURIComponent(JSON.stringify({ 0: { json: { id: Number(last()) } } }))
  return (await json(`/trpc/product.byId?batch=1&input=${input}`))[0].result.data.json
})
