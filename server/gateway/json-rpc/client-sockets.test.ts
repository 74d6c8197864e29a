import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { ClientSockets } from './client-sockets.ts'

const socket = (bufferedAmount = 0) => Object.assign(new EventEmitter(), { bufferedAmount }) as never
const LIMITS = { connections: 4, connectionsPerClient: 2, queuedBytes: 100, queuedBytesPerClient: 150 }

test('there are so many of each client, and of all', () => {
  const sockets = new ClientSockets(LIMITS)
  const first: EventEmitter = socket()
  expect([sockets.add('a', first as never), sockets.add('a', socket()), sockets.add('a', socket())]).toEqual([
    true,
    true,
    false,
  ])
  expect([sockets.add('b', socket()), sockets.add('c', socket()), sockets.add('d', socket())]).toEqual([
    true,
    true,
    false,
  ])
  first.emit('close')
  expect(sockets.add('a', socket())).toBe(true)
})

test('what waits for one client counts over all of its sockets', () => {
  const sockets = new ClientSockets(LIMITS)
  const [idle, half, other, full] = [socket(0), socket(90), socket(90), socket(101)]
  sockets.add('a', idle)
  sockets.add('a', half)
  expect([sockets.isBehind('a', idle), sockets.isBehind('a', half)]).toEqual([false, false])
  sockets.add('b', other)
  sockets.add('b', socket(61))
  expect([sockets.isBehind('b', other), sockets.isBehind('a', half)]).toEqual([true, false])
  sockets.add('c', full)
  expect(sockets.isBehind('c', full)).toBe(true)
})
