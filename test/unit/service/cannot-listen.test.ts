import { expect, it } from 'vitest'
import { cannotListen } from '../../../src/service/cannot-listen.ts'

it.each([
  ['EADDRINUSE', 'Cannot listen on 127.0.0.1, port 80 (the port is in use)'],
  ['EACCES', 'Cannot listen on 127.0.0.1, port 80 (EACCES)'],
  [undefined, 'Cannot listen on 127.0.0.1, port 80'],
])('says why nobody could listen: %s', (code, text) => {
  expect(cannotListen('127.0.0.1', 80, Object.assign(new Error('x'), { code }))).toBe(text)
})
