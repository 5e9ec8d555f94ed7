import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../src/service/openapi.ts'
import { OPERATIONS } from '../../../src/service/operations.ts'
import { SERVICE_ERRORS } from '../../../src/service/service-error.ts'

const document = openApiDocument(OPERATIONS) as {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; responses: object }>>
  components: { schemas: Record<string, object> }
}
const text = JSON.stringify(document)

describe('openapi.json', () => {
  it('is valid by the schema of OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(text))
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
    expect(document.openapi).toBe('3.1.0')
  })

  it('refers only to what is there, and names each operation once', () => {
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name!,
    )
    expect(references.length).toBeGreaterThan(10)
    expect(references.filter((name) => !Object.hasOwn(document.components.schemas, name))).toEqual([])
    expect(text).not.toContain('#/$defs')
    for (const [name, schema] of Object.entries(document.components.schemas))
      expect(schema).not.toHaveProperty('$ref', `#/components/schemas/${name}`)
    const ids = Object.values(document.paths).flatMap((each) =>
      Object.values(each).map((one) => one.operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toHaveLength(OPERATIONS.length)
  })

  it('has nothing that the page on the service does not name, nor the other way round', () => {
    const page = readFileSync(new URL('../../../docs/service.md', import.meta.url), 'utf8')
    const named = [...page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \|/gm)].map(([, name]) => name)
    const there = OPERATIONS.map(({ method, path }) => `${method} ${path}`)
    expect(named.sort()).toEqual([...there, 'GET /openapi.json'].sort())
    const codes = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d{3})/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ])
    expect(codes.sort()).toEqual(
      Object.entries(SERVICE_ERRORS)
        .map(([code, { status }]) => [code, status])
        .sort(),
    )
  })

  it('has a parameter for each part of a path', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const one of Object.values(methods) as { parameters?: { in: string; name: string }[] }[]) {
        const given = (one.parameters ?? []).filter((each) => each.in === 'path').map(({ name }) => name)
        expect(given).toEqual(parts)
      }
    }
  })
})
