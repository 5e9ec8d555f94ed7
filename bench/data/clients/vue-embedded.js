import { showProduct } from './vue-product.js'

showProduct(async () => JSON.parse(document.querySelector('#__NEXT_DATA__').textContent).props.pageProps.product)
