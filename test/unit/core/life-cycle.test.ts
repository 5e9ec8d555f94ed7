import { expect, it } from 'vitest'
import { LifeCycle } from '../../../src/core/index.ts'

type State =
  | { readonly phase: 'new' }
  | { readonly phase: 'open'; readonly page: string }
  | { readonly phase: 'over' }

const life = () =>
  new LifeCycle<State>('A door', { phase: 'new' }, { new: ['open'], open: ['open', 'over'], over: [] })

it('has what belongs to its phase', () => {
  const door = life()
  expect(door.state).toEqual({ phase: 'new' })
  door.setState({ phase: 'open', page: 'a' })
  door.setState({ phase: 'open', page: 'b' })
  expect(door.state).toEqual({ phase: 'open', page: 'b' })
})

it('refuses what cannot follow, and stays what it was', () => {
  const door = life()
  expect(() => door.setState({ phase: 'over' })).toThrow('A door that is new cannot be over')
  expect(door.state).toEqual({ phase: 'new' })
  door.setState({ phase: 'open', page: 'a' })
  door.setState({ phase: 'over' })
  expect(() => door.setState({ phase: 'open', page: 'a' })).toThrow('A door that is over cannot be open')
})
