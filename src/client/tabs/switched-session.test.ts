/** What a session keeps of subscriptions and filters that have ended, and of too many. */
import { expect, test } from 'vitest'
import type { SessionCall, SessionNews } from '../../rpc/session-messages.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { MAX_LISTENINGS } from './listenings.ts'
import { createSwitchedSession } from './switched-session.ts'

function session() {
  const switched = createSwitchedSession(new SimulatedClock())
  const heard: SessionNews[] = []
  switched.listen((news) => void heard.push(news))
  /** The next node, which can answer. */
  const connect = () => {
    const asked: SessionCall[] = []
    let tell: (news: SessionNews) => void = () => undefined
    switched.connect({
      send: (call) => void asked.push(call),
      listen: (onNews) => {
        tell = onNews
        return () => undefined
      },
    })
    tell({ kind: 'ready', chainId: '0x1' })
    return { asked, tell: (news: SessionNews) => tell(news) }
  }
  let lastId = 0
  /** Makes something whose id is this. */
  const make = (node: ReturnType<typeof connect>, method: string, result: string): void => {
    switched.send({ kind: 'request', id: ++lastId, method, params: ['newHeads'], allowUnverified: false })
    node.tell({ kind: 'result', id: lastId, result, verification: { level: 'local', source: [] } })
  }
  const madeAgain = ({ asked }: ReturnType<typeof connect>): string[] =>
    asked.flatMap((call) => (call.kind === 'request' ? [call.method] : []))
  return { heard, connect, make, madeAgain }
}

test('what has ended at its node is told, and is not made again at the next', () => {
  const { heard, connect, make, madeAgain } = session()
  const node = connect()
  make(node, 'eth_subscribe', '0xaa')
  make(node, 'eth_newBlockFilter', '0xbb')
  make(node, 'eth_subscribe', '0xcc')
  for (const of of ['0xaa', '0xbb', '0xdd']) node.tell({ kind: 'ended', of })
  expect(heard.slice(-2)).toEqual([
    { kind: 'ended', of: '0xaa' },
    { kind: 'ended', of: '0xbb' },
  ])
  expect(madeAgain(connect())).toEqual(['eth_subscribe'])
})

test('a subscription goes on however many filters are made after it; the oldest of those end, here and at the node', () => {
  const { heard, connect, make, madeAgain } = session()
  const node = connect()
  make(node, 'eth_subscribe', '0xaa')
  for (let filter = 0; filter < MAX_LISTENINGS; filter++) make(node, 'eth_newBlockFilter', `0x${filter}`)
  expect(heard.at(-1)).toEqual({ kind: 'ended', of: '0x0' })
  expect(node.asked.at(-1)).toMatchObject({ method: 'eth_uninstallFilter', params: ['0x0'] })
  const again = madeAgain(connect())
  expect([again[0], again.length]).toEqual(['eth_subscribe', MAX_LISTENINGS])
})

test('of too many subscriptions the oldest ends with a last notification', () => {
  const { heard, connect, make } = session()
  const node = connect()
  for (let each = 0; each <= MAX_LISTENINGS; each++) make(node, 'eth_subscribe', `0x${each}`)
  expect(heard.slice(-2)).toMatchObject([
    { kind: 'notification', subscription: '0x0', result: { error: { code: -32005 } } },
    { kind: 'ended', of: '0x0' },
  ])
  expect(node.asked.at(-1)).toMatchObject({ method: 'eth_unsubscribe', params: ['0x0'] })
})
