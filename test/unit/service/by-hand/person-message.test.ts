import { describe, expect, it } from 'vitest'
import { isOwnOrigin } from '../../../../src/service/by-hand/own-origin.ts'
import { readPersonMessage } from '../../../../src/service/by-hand/person-message.ts'

describe('what a person’s browser sends', () => {
  it.each([
    { type: 'mouse', action: 'down', x: 0, y: 1, clicks: 2 },
    { type: 'touch', action: 'end', points: [] },
    { type: 'text', text: 'x'.repeat(10_000) },
    { type: 'size', width: 390, height: 600 },
    { type: 'done' },
  ])('is taken: %j', (message) => expect(readPersonMessage(JSON.stringify(message))).toEqual(message))

  it.each([
    '',
    'null',
    '[]',
    '{"type":"navigate","url":"http://127.0.0.1/"}',
    '{"type":"mouse","action":"down","x":2,"y":0,"clicks":1}',
    '{"type":"mouse","action":"down","x":0,"y":0,"clicks":1,"button":"middle"}',
    '{"type":"size","width":100000,"height":600}',
    `{"type":"text","text":"${'x'.repeat(10_001)}"}`,
    '{"type":"touch","action":"start","points":[{},{},{},{},{},{}]}',
  ])('is not: %s', (text) => expect(readPersonMessage(text)).toBeNull())
})

describe('who may ask for what changes something', () => {
  const host = 'onejar.example:7411'
  it.each([
    [{ host, origin: 'http://onejar.example:7411' }, undefined, true],
    [{ host, origin: 'https://onejar.example:7411' }, undefined, true],
    [{ host: 'ONEJAR.example:7411', origin: 'http://onejar.example:7411' }, undefined, true],
    [{ host, origin: 'http://onejar.example' }, undefined, false],
    [{ host, origin: 'http://evil.example' }, undefined, false],
    [{ host, origin: 'null' }, undefined, false],
    [{ host }, undefined, false],
    [{ origin: 'http://onejar.example' }, undefined, false],
    [{ host, origin: 'https://people.example' }, new URL('https://people.example/onejar'), true],
    [{ host, origin: 'http://onejar.example:7411' }, new URL('https://people.example/onejar'), false],
  ])('%j with %s: %s', (headers, publicUrl, own) => expect(isOwnOrigin(headers, publicUrl)).toBe(own))
})
