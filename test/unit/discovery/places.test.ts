import { describe, expect, it } from 'vitest'
import { leavesOf, listPlaces, placesOf, writtenAt } from '../../../src/discovery/find-places.ts'
import { pathText, valueAt } from '../../../src/discovery/json-path.ts'

const DATA = {
  product: { id: 5, name: 'Blue chair', price: 49.9, tags: ['wood', 'blue'] },
  related: [
    { id: 6, name: 'Table' },
    { id: 7, name: 'Lamp' },
  ],
  cache: '{"user":{"name":"Ada"}}',
  ['odd name']: 'odd',
}

describe('placesOf', () => {
  const leaves = leavesOf(DATA)
  const paths = (shown: string) => placesOf(leaves, shown).map(({ path }) => pathText(path))

  it.each([
    ['Blue chair', '$.product.name'],
    ['Table', '$.related[0].name'],
    ['Ada', '$.cache.(JSON).user.name'],
    ['odd', '$["odd name"]'],
    ['49.90 €', '$.product.price'],
  ])('finds %j at %s', (shown, path) => {
    expect(new Set(paths(shown))).toEqual(new Set([path]))
  })

  it('finds a list as the same member of every element', () => {
    const found = listPlaces(DATA, leaves, ['Table', 'Lamp'])
    expect(found.map(({ path }) => pathText(path))).toEqual(['$.related[*].name'])
    expect(listPlaces(DATA, leaves, ['Table'])).toEqual([])
    expect(listPlaces(DATA, leaves, ['Lamp', 'Table'])).toEqual([])
    expect(listPlaces(DATA, leaves, [])).toEqual([])
  })

  it('writes what is there, and nothing where an element lacks it', () => {
    const [place] = listPlaces(DATA, leaves, ['Table', 'Lamp'])
    const { path, format } = place as NonNullable<typeof place>
    expect(writtenAt(DATA, path, format)).toEqual(['Table', 'Lamp'])
    expect(writtenAt({ related: [{ name: 'A' }, {}] }, path, format)).toBeUndefined()
    expect(writtenAt({ related: {} }, path, format)).toBeUndefined()
  })

  it('is bounded, whatever comes', () => {
    let deep: unknown = 'end'
    for (let i = 0; i < 5_000; i++) deep = [deep]
    expect(leavesOf(deep).length).toBe(0)
    expect(leavesOf(Array.from({ length: 200_000 }, (_, i) => i)).length).toBe(50_000)
    const same = leavesOf(Array.from({ length: 10_000 }, () => 'x'))
    expect(placesOf(same, 'x').length).toBeLessThan(100)
  })
})

describe('data that is made to take long', () => {
  it('is passed over where its digits are not shown', () => {
    const leaves = leavesOf(Array.from({ length: 50_000 }, (_, i) => i + 0.123))
    const before = process.cpuUsage()
    for (let i = 0; i < 20; i++) placesOf(leaves, `${50_001 + i},77 €`)
    const { user } = process.cpuUsage(before)
    // A million looks: microseconds each would be too many.
    expect(user / 1_000).toBeLessThan(3_000)
  })
})

describe('valueAt', () => {
  it('takes the element whose member is a part of the page', () => {
    const path = ['related', { where: 'id', is: { of: 'path', index: 1, pick: 'whole' } }, 'name'] as const
    expect(valueAt(DATA, path, () => '7')).toBe('Lamp')
    expect(valueAt(DATA, path, () => '8')).toBeUndefined()
    expect(valueAt(DATA, path, () => undefined)).toBeUndefined()
    expect(valueAt({ related: [{ id: 7 }, { id: '7' }] }, path, () => '7')).toBeUndefined()
    expect(pathText(path)).toBe('$.related[?(@.id == path[1])].name')
  })

  it('takes only what data has of its own', () => {
    expect(valueAt({}, ['__proto__'])).toBeUndefined()
    expect(valueAt({}, ['constructor', 'name'])).toBeUndefined()
    expect(valueAt([1], ['length'])).toBeUndefined()
    expect(valueAt('text', [0])).toBeUndefined()
  })
})
