import { showProduct } from './react-product.js'
import { json, last } from './shown.js'

showProduct(() => json(`/api/products/${last()}`))
