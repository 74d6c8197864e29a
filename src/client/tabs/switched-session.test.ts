/** What a session keeps of subscriptions and filters that have ended, and of too many. */
import { expect, test } from 'vitest'
import type { SessionCall, SessionNews } from '../../rpc/session-messages.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { MAX_LISTENINGS } from './listenings.ts'
import { MAX_SENDINGS, SENDING_LIMIT_MS } from './sendings.ts'
import { createSwitchedSession, GRACE_MS } from './switched-session.ts'

function session() {
  const clock = new SimulatedClock()
  let closed = 0
  const switched = createSwitchedSession(clock, () => (closed += 1))
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
  /** Sends a transaction, which has this hash. */
  const sendRaw = (node: ReturnType<typeof connect>, raw: string, hash: string): void => {
    const params = [raw]
    switched.send({ kind: 'request', id: ++lastId, method: 'eth_sendRawTransaction', params, allowUnverified: false })
    node.tell({ kind: 'result', id: lastId, result: hash, verification: { level: 'proven', source: [] } })
  }
  const takenOver = ({ asked }: ReturnType<typeof connect>): string[] =>
    asked.flatMap((call) => (call.kind === 'sent' ? [call.raw] : []))
  return { clock, heard, connect, make, madeAgain, sendRaw, takenOver, closed: () => closed }
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

test('what was sent is handed to each next node, with its time, before anything is asked of it, and again after it had no head', async () => {
  const { clock, connect, make, sendRaw, takenOver } = session()
  const first = connect()
  make(first, 'eth_subscribe', '0xaa')
  const sentAt = clock.now()
  sendRaw(first, '0x01', '0xh1')
  sendRaw(first, '0x01', '0xh1')
  await clock.advance(SENDING_LIMIT_MS)
  sendRaw(first, '0x02', '0xh2')
  const second = connect()
  expect(second.asked.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'request'])
  expect(second.asked[0]).toEqual({ kind: 'sent', raw: '0x01', sentAt })
  second.tell({ kind: 'ready', chainId: '0x1' })
  expect(takenOver(second)).toEqual(['0x01', '0x02'])
  // It may have lost its head before it heard of them, and passed them over.
  second.tell({ kind: 'stale', reason: 'no head' })
  second.tell({ kind: 'ready', chainId: '0x1' })
  expect(takenOver(second).slice(2)).toEqual(['0x01', '0x02'])
  await clock.advance(1)
  // A day old: nobody sends it again.
  expect(takenOver(connect())).toEqual(['0x02'])
})

test('of too many that were sent the newest are handed over, in number and in size', () => {
  const { connect, sendRaw, takenOver } = session()
  const node = connect()
  for (let each = 0; each <= MAX_SENDINGS; each++) sendRaw(node, `0x${each}`, `hash ${each}`)
  const next = takenOver(connect())
  expect([next[0], next.length]).toEqual(['0x1', MAX_SENDINGS])
  sendRaw(connect(), `0x${'ff'.repeat(16_000_000)}`, 'a large one')
  sendRaw(connect(), `0x${'ff'.repeat(1_000_000)}`, 'another')
  expect(takenOver(connect()).map(({ length }) => length)).toEqual([2_000_002])
})

test('a session that the node ends is opened anew, and what was subscribed to goes on there', async () => {
  const { clock, heard, connect, make, closed } = session()
  const node = connect()
  make(node, 'eth_subscribe', '0xaa')
  const block = `0x${'11'.repeat(32)}`
  node.tell({ kind: 'told', of: '0xaa', block })
  node.tell({ kind: 'closed', reason: 'a newer one was opened' })
  expect(closed()).toBe(1)
  const again = connect()
  expect(again.asked).toMatchObject([{ method: 'eth_subscribe', since: block }])
  // Where nobody opens it anew, that is told.
  again.tell({ kind: 'closed', reason: 'a newer one was opened' })
  await clock.advance(GRACE_MS)
  expect(heard.at(-1)).toEqual({ kind: 'stale', reason: 'a newer one was opened' })
})
