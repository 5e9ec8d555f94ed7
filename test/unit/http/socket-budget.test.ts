import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { SocketBudget } from '../../../src/http/index.ts'

class FakeSocket extends EventEmitter {
  destroyed = false
  destroy(): this {
    this.destroyed = true
    queueMicrotask(() => this.emit('close'))
    return this
  }
}

/** A budget whose connections are made when the test says so. */
function make(max: number) {
  const budget = new SocketBudget(max)
  const idle = new Set<string>()
  const dialed: { origin: string; succeed: () => FakeSocket; fail: () => void }[] = []
  const failures: string[] = []
  const connector = budget.connector((to, callback) => {
    dialed.push({
      origin: to.hostname,
      succeed: () => {
        const socket = new FakeSocket()
        callback(null, socket as unknown as Socket)
        budget.taken(socket as unknown as Socket, () => idle.has(to.hostname))
        return socket
      },
      fail: () => callback(new Error('refused'), null),
    })
  })
  const ask = (hostname: string) =>
    connector({ hostname, host: hostname, protocol: 'http:', port: '' }, (...[error]) => {
      if (error !== null) failures.push(hostname)
    })
  return { budget, idle, dialed, failures, ask, asked: () => dialed.map(({ origin }) => origin) }
}
const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a budget of connections', () => {
  it('lets through as many as there may be, and the next when one is closed', async () => {
    const { budget, dialed, ask, asked } = make(2)
    for (const host of ['a', 'a', 'a']) ask(host)
    expect(asked()).toEqual(['a', 'a'])
    const socket = dialed[0]?.succeed()
    dialed[1]?.succeed()
    expect(budget.open).toBe(2)
    socket?.destroy()
    await tick()
    expect(asked()).toEqual(['a', 'a', 'a'])
  })

  it('gives the place of a connection that failed to the next', () => {
    const { dialed, failures, ask, asked } = make(1)
    ask('a')
    ask('b')
    dialed[0]?.fail()
    expect(failures).toEqual(['a'])
    expect(asked()).toEqual(['a', 'b'])
  })

  it('lets origins take turns, and keeps the order within one', async () => {
    const { dialed, ask, asked } = make(1)
    for (const host of ['x', 'a', 'a', 'a', 'b', 'c', 'c']) ask(host)
    for (let at = 0; at < 6; at++) {
      dialed[at]?.succeed().destroy()
      await tick()
    }
    expect(asked()).toEqual(['x', 'a', 'b', 'c', 'a', 'c', 'a'])
  })

  it('closes the connections of an origin at rest for those that wait, and none that are in use', async () => {
    const { budget, idle, dialed, ask, asked } = make(2)
    ask('busy')
    ask('rest')
    const sockets = dialed.map(({ succeed }) => succeed())
    idle.add('rest')
    ask('new')
    await tick()
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true])
    expect(asked()).toEqual(['busy', 'rest', 'new'])
    const third = dialed[2]?.succeed()
    ask('busy')
    await tick()
    expect(asked()).toHaveLength(3)
    // One of the same origin goes as well, once it is at rest: requests are tied to connections.
    idle.add('busy')
    budget.rested()
    await tick()
    expect(asked()).toEqual(['busy', 'rest', 'new', 'busy'])
    expect([sockets[0]?.destroyed, third?.destroyed]).toEqual([true, false])
  })

  it('counts a connection that was closed before it could be handed over, and one that throws, for none', () => {
    const { budget, dialed, ask } = make(1)
    ask('a')
    ask('b')
    const origin = dialed[0]
    origin?.fail()
    origin?.fail()
    expect(budget.open).toBe(1)
    const failures: Error[] = []
    const throwing = new SocketBudget(1).connector(() => {
      throw new TypeError('no')
    })
    for (let at = 0; at < 3; at++)
      throwing(
        { hostname: 'a', protocol: 'http:', port: '' },
        (...[error]) => void (error && failures.push(error)),
      )
    expect(failures).toHaveLength(3)
  })
})
