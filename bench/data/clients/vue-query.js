import { json } from './shown.js'
import { showProduct } from './vue-product.js'

showProduct(() => json(`/api/product?lang=en&id=${new URLSearchParams(location.search).get('id')}`))
