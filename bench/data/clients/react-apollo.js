import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { showProduct } from './react-product.js'
import { last } from './shown.js'

const client = new ApolloClient({ link: new HttpLink({ uri: '/graphql' }), cache: new InMemoryCache() })
const query = gql`query Product($id: ID!) { product(id: $id) { id name price stock since } }`
const mutation = gql`mutation Seen($id: ID!) { seen(id: $id) }`

showProduct(async () => {
  const variables = { id: last() }
  await client.mutate({ mutation, variables })
  return (await client.query({ query, variables })).data.product
})
