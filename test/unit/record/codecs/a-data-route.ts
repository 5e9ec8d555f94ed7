import type { DataRoute } from '../../../../src/record/data-route.ts'

/** A part of a page's URL. */
export const idOfPage = { of: 'path', index: 1, pick: 'last-digits' } as const
/** A data route with something at each place that it can have. */
export const ROUTE: DataRoute = {
  pattern: {
    origin: 'https://shop.test',
    path: ['shoes', null],
    query: [['colour', null]],
    fragment: ['top', null],
  },
  requests: [
    {
      isPage: false,
      method: 'GET',
      url: 'https://api.shop.test/items/12?x=1',
      body: null,
      headers: [['accept', 'application/json']],
      parts: [{ place: ['path', 1], from: idOfPage, before: '', after: '', count: 'same', isNumber: true }],
      redirected: false,
    },
    {
      isPage: false,
      method: 'POST',
      url: 'http://api.shop.test:8080/graphql',
      body: '{"id":12}',
      headers: [],
      parts: [
        {
          place: ['body', 'id'],
          from: {
            of: 'response',
            request: 0,
            document: '',
            path: ['item', 0, { every: true }, { where: 'id', is: idOfPage }, { parsed: true }],
          },
          before: 'a',
          after: 'b',
          count: { times: 20, less: 1 },
          isNumber: false,
        },
        {
          place: ['query', 'q'],
          from: { of: 'query', name: 'colour', pick: 'whole' },
          before: '',
          after: '',
          count: 'plus-one',
          isNumber: false,
        },
      ],
      redirected: true,
    },
  ],
  fields: [
    {
      name: 'price',
      readings: [
        {
          request: 1,
          document: 'html',
          path: ['price'],
          format: {
            as: 'number',
            before: '$',
            after: '',
            decimals: 2,
            group: ',',
            point: '.',
            per: 100,
            negative: '-',
          },
        },
        { request: 0, document: '', path: [], format: { as: 'text', before: '', after: '' } },
        { request: 0, document: '', path: [], format: { as: 'html' } },
        {
          request: 0,
          document: '',
          path: [],
          format: { as: 'date', before: '', after: '', form: 'd month y', minutes: [0, 1439] },
        },
      ],
      beside: ['currency'],
      mayLack: true,
      blanks: [{ of: 'missing', text: 'n/a', pages: ['digest'] }],
    },
  ],
  marks: [{ request: 0, document: '', path: ['id'], is: idOfPage }],
  evidence: {
    seen: ['a'],
    sizes: [['a', 1, 2]],
    claims: ['b'],
    apart: ['c'],
    looks: 3,
    caller: { held: [['a', 'b']], idle: [['a', 1]] },
  },
  learnedAt: 1,
  until: 2,
  wrongAt: 3,
}
