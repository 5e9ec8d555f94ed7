import { showProduct } from './react-product.js'
import { json, last } from './shown.js'

showProduct(async () => {
  const path = `/api/signed/${last()}`
  const time = Date.now()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${path} ${time} key`))
  const sig = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return json(`${path}?time=${time}&sig=${sig}`)
})
