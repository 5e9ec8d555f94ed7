import { layout } from './layout.ts'

/** The login form and then the orders. A script makes both, as in a single-page application. */
export function loginPage(): string {
  return layout(
    'Your orders',
    `<main><h1>Your orders</h1>
<form id="login"><label>User <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button></form>
<p id="status" role="status"></p><ol id="orders"></ol></main>`,
    '<script src="/static/login.js" defer></script>',
  )
}

/** Logs in by fetch, keeps the token in localStorage, and calls the API with it. */
export const LOGIN_SCRIPT = `
const form = document.querySelector('#login')
const status = document.querySelector('#status')

async function showOrders() {
  const { token } = JSON.parse(localStorage.getItem('auth'))
  const response = await fetch('/api/orders?page=1', { headers: { authorization: 'Bearer ' + token } })
  if (!response.ok) {
    status.textContent = 'Please log in again.'
    return
  }
  const { orders } = await response.json()
  document.querySelector('#orders').replaceChildren(...orders.map(({ id, item }) => {
    const row = document.createElement('li')
    row.textContent = id + ': ' + item
    return row
  }))
  status.textContent = 'Logged in.'
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const response = await fetch('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  })
  if (!response.ok) {
    status.textContent = 'User or password is wrong.'
    return
  }
  localStorage.setItem('auth', JSON.stringify(await response.json()))
  await showOrders()
})

if (localStorage.getItem('auth')) showOrders()
`
