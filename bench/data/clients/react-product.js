import { createElement as e, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { day, price } from './shown.js'

function Product({ load }) {
  const [product, setProduct] = useState(null)
  useEffect(() => {
    load().then(setProduct)
  }, [load])
  if (product === null) return e('p', null, 'Loading')
  return e(
    'article',
    null,
    e('h1', null, product.name),
    e('b', { className: 'price' }, price(product.price)),
    e('i', { className: 'stock' }, product.stock),
    e('time', null, 'Since ', day(product.since)),
  )
}

/** Shows a product with React. */
export function showProduct(load) {
  createRoot(document.querySelector('#app')).render(e(Product, { load }))
}
