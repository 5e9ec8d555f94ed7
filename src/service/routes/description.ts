import { z } from 'zod'
import { type Operation, operation } from './operation.ts'

/** The description of the interface, itself included. */
export function descriptionOperation(describe: () => unknown): Operation {
  return operation({
    id: 'describe',
    method: 'GET',
    path: '/openapi.json',
    tag: 'about',
    summary: 'The description of the interface, as OpenAPI 3.1.',
    access: 'anybody',
    answers: {
      200: { description: 'The description.', schema: z.record(z.string(), z.unknown()) },
    },
    handle: describe,
  })
}
