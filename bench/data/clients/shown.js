/** How every application shows a product. */
export const price = (amount) => amount.toLocaleString('en-US', { style: 'currency', currency: 'USD' })
export const day = (date) =>
  new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
export const last = () => location.pathname.split('/').at(-1)
export const json = async (url, options) => (await fetch(url, options)).json()
