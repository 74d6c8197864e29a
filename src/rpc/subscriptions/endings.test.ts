/** Subscriptions and filters that end otherwise than by a dapp's word: whoever listens is told, and nothing is left. */
import { expect, test } from 'vitest'
import { decodeRawHeader } from '../../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { RequestError } from '../../network/request-server.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { aTurn, openView } from '../imported-view.fixtures.ts'
import { log, LogChain, mainnet, type Receipts } from '../logs/log-chain.fixtures.ts'
import { METHODS } from '../registry.ts'
import { RpcSession } from '../rpc-session.ts'
import type { SessionNews } from '../session-messages.ts'
import type { ChainFeed, ChainStep, FeedListener } from './chain-feed.ts'
import { FILTER_LIFE_MS, GIVE_UP_MS, MAX_HELD, RETRY_MS } from './constants.ts'
import { createSubscriber } from './subscriber.ts'
import { Subscriptions } from './subscriptions.ts'

const { keccak } = await loadWasmCrypto()

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await aTurn()
}

async function world(chain: LogChain, receipts?: Receipts) {
  const clock = new SimulatedClock()
  const { server } = chain.server('server', receipts)
  const view = openView({ network: mainnet, servers: [server], clock })
  await view.follow(chain.head)
  const sent: SessionNews[] = []
  const follow = async (): Promise<void> => {
    await view.follow(chain.head)
    await quiet()
  }
  return { ...view, clock, sent, follow, send: (news: SessionNews) => void sent.push(news) }
}

/** A session's listening, whose answers go out when the test says so. */
async function listening(chain: LogChain, receipts?: Receipts) {
  const it = await world(chain, receipts)
  const subscriber = createSubscriber({ setting: it.setting, send: it.send })
  it.listeners.add(() => subscriber.headChanged())
  return {
    ...it,
    ask: (method: string, ...params: Json[]) => it.call(method, params, { subscriber }),
    answered: (result: Json) =>
      subscriber.answered({ kind: 'result', id: 1, result, verification: { level: 'local', source: [] } }),
  }
}

/** Not there yet, which is no lie. */
const lacking = () => Promise.reject(new RequestError({ code: 'absent' }, 'not here yet'))

const endOf = (subscription: Json) => [
  { kind: 'notification', subscription, result: { error: { code: -32002 } } },
  { kind: 'ended', of: subscription },
]

test('a subscription that cannot be kept up says why, and that it has ended', async () => {
  const chain = new LogChain()
  const { ask, answered, follow, clock, sent } = await listening(chain, lacking)
  const id = await ask('eth_subscribe', 'logs')
  answered(id)
  chain.extend([[log(1)]])
  await follow()
  await clock.advance(GIVE_UP_MS + 60 * RETRY_MS)
  expect(sent.slice(-2)).toMatchObject(endOf(id))
})

test('one that ends before its name is out says so when it is', async () => {
  const chain = new LogChain()
  const { ask, answered, follow, clock, sent } = await listening(chain, lacking)
  const id = await ask('eth_subscribe', 'logs')
  chain.extend([[log(1)]])
  await follow()
  await clock.advance(GIVE_UP_MS + 60 * RETRY_MS)
  expect(sent).toEqual([])
  answered(id)
  expect(sent).toMatchObject(endOf(id))
  answered(id)
  expect(sent).toHaveLength(2)
})

test('one that has more to say before its name is out than is held says what is held, and that it has ended', async () => {
  const chain = new LogChain([])
  const { setting, sent, send } = await world(chain)
  const listeners: FeedListener[] = []
  const feed = {
    here: () => undefined,
    listen: (listener: FeedListener) => (listeners.push(listener), () => void listeners.pop()),
  } as unknown as ChainFeed
  const subscriptions = new Subscriptions({ setting, feed, send })
  const id = subscriptions.subscribe({ kind: 'newHeads' }, new AbortController().signal)
  const step = { fate: 'added', header: decodeRawHeader(chain.head.header, keccak) } as const
  listeners[0]!.steps(new Array<ChainStep>(MAX_HELD + 5).fill(step))
  expect([sent, listeners]).toEqual([[], []])
  subscriptions.answered(id)
  expect(sent).toHaveLength(MAX_HELD + 2)
  expect(sent.slice(-2)).toMatchObject(endOf(id))
})

test('a filter that nobody asks for long says that it has ended; one that is removed does not', async () => {
  const { ask, clock, sent } = await listening(new LogChain())
  const [id, removed] = [await ask('eth_newBlockFilter'), await ask('eth_newBlockFilter')]
  await ask('eth_uninstallFilter', removed)
  await clock.advance(FILTER_LIFE_MS)
  expect(sent).toEqual([{ kind: 'ended', of: id }])
})

test.each([
  ['eth_subscribe', ['newHeads'], 'eth_unsubscribe', 'subscription not found'],
  ['eth_newBlockFilter', [], 'eth_getFilterChanges', 'filter not found'],
])('a cancel that crosses the answer of %s leaves nothing', async (making, params, naming, message) => {
  const chain = new LogChain()
  const { setting, clock, sent, send, follow, listeners, close } = await world(chain)
  const session = new RpcSession({ tools: { setting, methods: METHODS, onDefect: () => undefined }, send })
  listeners.add(() => session.headChanged())
  let lastId = 0
  const ask = async (method: string, ...params: Json[]): Promise<SessionNews> => {
    session.hear({ kind: 'request', id: ++lastId, method, params, allowUnverified: false })
    await quiet()
    return sent.find((news) => 'id' in news && news.id === lastId)!
  }
  const before = clock.waiting
  const kept = (await ask(making, ...params)) as { result: string }
  const given = (await ask(making, ...params)) as { result: string }
  session.hear({ kind: 'cancel', id: lastId })
  sent.length = 0
  chain.extend()
  await follow()
  const about = sent.map((news) => (news.kind === 'told' ? news.of : 'subscription' in news && news.subscription))
  expect(about).not.toContain(given.result)
  expect(await ask(naming, given.result)).toMatchObject({ kind: 'error', error: { code: -32000, message } })
  expect(await ask(naming, kept.result)).toMatchObject({ kind: 'result' })
  session.close()
  expect(clock.waiting).toBeLessThanOrEqual(before)
  close()
})
