import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { mount } from 'svelte'
import superjson from 'superjson'
import Product from './product.svelte'
import { last } from './shown.js'

const client = createTRPCClient({ links: [httpBatchLink({ url: '/rpc', transformer: superjson })] })

mount(Product, {
  target: document.querySelector('#app'),
  props: {
    load: async () => {
      const id = Number(last())
      await client.seen.mutate({ id })
      const [product, stock] = await Promise.all([client.product.byId.query({ id }), client.product.stock.query({ id })])
      return { ...product, stock: stock.text }
    },
  },
})
