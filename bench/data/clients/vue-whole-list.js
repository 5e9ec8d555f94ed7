import { json, last } from './shown.js'
import { showProduct } from './vue-product.js'

showProduct(async () => (await json('/api/products')).find(({ id }) => String(id) === last()))
