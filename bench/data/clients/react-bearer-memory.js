import { showProduct } from './react-product.js'
import { json, last } from './shown.js'

showProduct(async () => {
  const { token } = await json('/api/login')
  return json(`/api/private/${last()}`, { headers: { authorization: `Bearer ${token}` } })
})
