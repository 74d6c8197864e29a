/** What a session hears of the chain: all of it, in order, and once. */
import { describe, expect, test } from 'vitest'
import { data } from '../../network/json-rpc/hex.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { RequestError } from '../../network/request-server.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { aTurn, openView } from '../imported-view.fixtures.ts'
import { bytes20, log, LogChain, mainnet, type BlockContent, type Receipts } from '../logs/log-chain.fixtures.ts'
import { FILTER_LIFE_MS, GIVE_UP_MS, MAX_FILTERS, RETRY_MS } from './constants.ts'
import { createSubscriber } from './subscriber.ts'

interface Shown {
  readonly address: string
  readonly blockHash: string
  readonly hash: string
  readonly removed: boolean
}

async function session(chain: LogChain, receipts?: Receipts) {
  const clock = new SimulatedClock()
  const { server, asked } = chain.server('server', receipts)
  const world = openView({ network: mainnet, servers: [server], clock })
  await world.follow(chain.head)
  const sent: { subscription: string; result: Shown }[] = []
  const subscriber = createSubscriber({
    setting: world.setting,
    send: (news) => void (news.kind === 'notification' && sent.push(news as unknown as (typeof sent)[number])),
  })
  world.listeners.add(() => subscriber.headChanged())
  const ask = (method: string, ...params: Json[]): Promise<Json> => world.call(method, params, { subscriber })
  const answered = (result: Json): void =>
    subscriber.answered({ kind: 'result', id: 1, result, verification: { level: 'local', source: [] } })
  return {
    ...{ ...world, clock, asked, subscriber, ask, answered },
    /** Everything that needs no time has happened. */
    follow: async () => {
      await world.follow(chain.head)
      await quiet()
    },
    subscribe: async (...params: Json[]) => {
      const id = await ask('eth_subscribe', ...params)
      answered(id)
      return id as string
    },
    changes: async (id: Json) => (await ask('eth_getFilterChanges', id)) as unknown as Shown[],
    heard: (id: Json) => sent.filter(({ subscription }) => subscription === id).map(({ result }) => result),
  }
}

/** Not there yet, which is no lie. */
const lacking = () => Promise.reject(new RequestError({ code: 'absent' }, 'not here yet'))

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await aTurn()
}

const hashes = (chain: LogChain, from: number): string[] => chain.canonical.slice(from).map(({ hash }) => data(hash))
const shown = (logs: readonly Shown[]) =>
  logs.map(({ address, removed }) => [Number(`0x${address.slice(-2)}`), removed])

describe('subscriptions', () => {
  test('new heads, none skipped, however many come at once', async () => {
    const chain = new LogChain([], [])
    const { subscribe, follow, heard } = await session(chain)
    const id = await subscribe('newHeads')
    for (const count of [1, 5, 300]) {
      for (let block = 0; block < count; block++) chain.extend()
      await follow()
    }
    expect(id).toMatch(/^0x[0-9a-f]{32}$/)
    expect(heard(id).map(({ hash }) => hash)).toEqual(hashes(chain, 3))
  })

  test('a reorganization takes logs back, newest block first, then brings others, oldest first', async () => {
    const chain = new LogChain([[log(9)]])
    const { subscribe, follow, heard, asked } = await session(chain)
    const [logs, heads] = [await subscribe('logs', {}), await subscribe('newHeads')]
    chain.extend([[log(1), log(2)]])
    chain.extend([[log(3)]])
    await follow()
    const before = asked.length
    chain.reorganize(2, [[[log(4)]], [], [[log(5)]]])
    await follow()
    expect(shown(heard(logs))).toEqual([
      ...[
        [1, false],
        [2, false],
        [3, false],
      ],
      ...[
        [3, true],
        [1, true],
        [2, true],
      ],
      ...[
        [4, false],
        [5, false],
      ],
    ])
    expect(asked.length - before).toBe(2)
    expect(
      heard(heads)
        .map(({ hash }) => hash)
        .slice(-3),
    ).toEqual(hashes(chain, 2))
  })

  test('a reorganization deeper than the subscription is old takes back what was before it', async () => {
    const chain = new LogChain([[log(1)]], [[log(2)]])
    const { subscribe, follow, heard } = await session(chain)
    const logs = await subscribe('logs')
    chain.reorganize(2, [[[log(3)]], [], []])
    await follow()
    expect(shown(heard(logs))).toEqual([
      [2, true],
      [1, true],
      [3, false],
    ])
  })

  test('receipts that hang keep what follows waiting, in its order, and not the heads', async () => {
    const chain = new LogChain()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const { subscribe, follow, heard } = await session(chain, async ({ number, receipts }) => {
      if (number === 1) await gate
      return receipts
    })
    const [logs, heads] = [await subscribe('logs'), await subscribe('newHeads')]
    for (const each of [1, 2, 3]) {
      chain.extend([[log(each)]])
      await follow()
    }
    const late = await subscribe('logs', { address: data(bytes20(4)) })
    chain.extend([[log(4)], [log(5)]])
    await follow()
    expect([heard(logs), heard(heads).length, shown(heard(late))]).toEqual([[], 4, [[4, false]]])
    open()
    await quiet()
    expect(shown(heard(logs)).map(([address]) => address)).toEqual([1, 2, 3, 4, 5])
  })

  test('of a block that goes while its receipts hang nothing is told', async () => {
    const chain = new LogChain()
    const { subscribe, follow, heard } = await session(chain, ({ number, content, receipts }, signal) =>
      number === 1 && content[0]![0]!.address[0] === 1
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
        : Promise.resolve(receipts),
    )
    const logs = await subscribe('logs')
    chain.extend([[log(1)]])
    await follow()
    chain.reorganize(1, [[[log(2)]], [[log(3)]]])
    await follow()
    expect(shown(heard(logs))).toEqual([
      [2, false],
      [3, false],
    ])
  })

  test('logs that cannot be had are asked for again, and at last said to be missed', async () => {
    const chain = new LogChain()
    let isServed = false
    const { subscribe, follow, heard, clock, ask } = await session(chain, ({ receipts }) =>
      isServed ? Promise.resolve(receipts) : lacking(),
    )
    const logs = await subscribe('logs')
    chain.extend([[log(1)]])
    await follow()
    await clock.advance(GIVE_UP_MS / 2)
    expect(heard(logs)).toEqual([])
    isServed = true
    await clock.advance(GIVE_UP_MS / 4)
    expect(shown(heard(logs))).toEqual([[1, false]])
    isServed = false
    chain.extend([[log(2)]])
    await follow()
    await clock.advance(GIVE_UP_MS + 60 * RETRY_MS)
    expect(heard(logs).at(-1)).toMatchObject({ error: { code: -32002 } })
    await expect(ask('eth_unsubscribe', logs)).rejects.toMatchObject({ code: -32000 })
  })

  test('nothing is told before the answer that names the subscription, nor after it has ended', async () => {
    const chain = new LogChain()
    const { ask, answered, follow, heard } = await session(chain)
    const id = await ask('eth_subscribe', 'newHeads')
    chain.extend()
    await follow()
    expect(heard(id)).toEqual([])
    answered(id)
    expect(heard(id)).toHaveLength(1)
    expect(await ask('eth_unsubscribe', id)).toBe(true)
    chain.extend()
    await follow()
    expect(heard(id)).toHaveLength(1)
    await expect(ask('eth_unsubscribe', id)).rejects.toMatchObject({ code: -32000, message: 'subscription not found' })
  })

  test('answers that cease and begin', async () => {
    const { subscribe, view, subscriber, heard, follow } = await session(new LogChain([]))
    const id = await subscribe('syncing')
    view.heads.setProblem('light client', 'the chain is in dispute')
    subscriber.headChanged()
    await follow()
    expect(heard(id)).toMatchObject([{ syncing: true, status: { currentBlock: '0x1' } }, false])
  })

  test.each([
    [['newPendingTransactions'], 4200],
    [['logs', { address: 1 }], -32602],
    [['blocks'], -32601],
  ])('eth_subscribe %j: %i', async (params, code) => {
    const { ask } = await session(new LogChain())
    await expect(ask('eth_subscribe', ...(params as Json[]))).rejects.toMatchObject({ code })
  })
})

describe('filters', () => {
  test('blocks and logs since the last poll; what went and came between two is not told', async () => {
    const chain = new LogChain([[log(9)]])
    const { ask, follow, changes } = await session(chain)
    const [blocks, logs] = [await ask('eth_newBlockFilter'), await ask('eth_newFilter', {})]
    expect([await changes(blocks), await changes(logs)]).toEqual([[], []])
    for (let block = 0; block < 300; block++) chain.extend(block % 100 === 0 ? [[log(1 + block / 100)]] : [])
    await follow()
    expect(await changes(blocks)).toEqual(hashes(chain, 2))
    expect(shown(await changes(logs))).toEqual([
      [1, false],
      [2, false],
      [3, false],
    ])
    chain.extend([[log(7)]])
    await follow()
    chain.reorganize(1, [[[log(8)]]])
    await follow()
    expect(await changes(blocks)).toEqual(hashes(chain, 302))
    expect(shown(await changes(logs))).toEqual([[8, false]])
    chain.reorganize(1, [[[log(6)]], []])
    await follow()
    expect(shown(await changes(logs))).toEqual([
      [8, true],
      [6, false],
    ])
    expect(await changes(logs)).toEqual([])
  })

  test.each([1, 2])('polls at random moments tell what leads from one chain to the next (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const content = (): BlockContent => (random() < 0.6 ? [[log(1 + Math.floor(random() * 9))]] : [])
    const chain = new LogChain(...Array.from({ length: 8 }, content))
    const { ask, follow, changes } = await session(chain)
    const id = await ask('eth_newFilter', {})
    const have = ((await ask('eth_getLogs', { fromBlock: '0x0' })) as unknown as Shown[]).map((each) => ({ ...each }))
    for (let round = 0; round < 60; round++) {
      const depth = random() < 0.4 ? 1 + Math.floor(random() * 4) : 0
      chain.reorganize(depth, Array.from({ length: depth + Math.floor(random() * 3) }, content))
      await follow()
      if (random() < 0.5) continue
      for (const { removed, ...each } of await changes(id)) {
        const place = have.findLastIndex((other) => other.blockHash === each.blockHash)
        if (removed) have.splice(place, 1)
        else have.push({ ...each, removed })
      }
      expect(have).toEqual(await ask('eth_getLogs', { fromBlock: '0x0' }))
    }
  })

  test('a poll that fails loses nothing, and polls at once tell each log once', async () => {
    const chain = new LogChain()
    let isServed = false
    const { ask, follow, changes } = await session(chain, ({ receipts }) =>
      isServed ? Promise.resolve(receipts) : lacking(),
    )
    const id = await ask('eth_newFilter', {})
    chain.extend([[log(1)]])
    await follow()
    await expect(changes(id)).rejects.toThrow('cannot be had')
    chain.extend([[log(2)]])
    await follow()
    isServed = true
    const polls = [changes(id), changes(id)]
    expect((await Promise.all(polls)).map(shown)).toEqual([
      [
        [1, false],
        [2, false],
      ],
      [],
    ])
  })

  test('a range bounds what comes; its logs are those of eth_getLogs', async () => {
    const chain = new LogChain([[log(1)]], [[log(2)]])
    const { ask, follow, changes } = await session(chain)
    const filter = { fromBlock: '0x2', toBlock: '0x3' }
    const id = await ask('eth_newFilter', filter)
    for (const each of [3, 4]) chain.extend([[log(each)]])
    await follow()
    expect(shown(await changes(id))).toEqual([[3, false]])
    expect(await ask('eth_getFilterLogs', id)).toEqual(await ask('eth_getLogs', filter))
    await expect(ask('eth_newFilter', { fromBlock: '0x3', toBlock: '0x2' })).rejects.toMatchObject({ code: -32602 })
  })

  test('so many and no more; each ends when it is removed, or not asked for five minutes', async () => {
    const { ask, clock, changes } = await session(new LogChain())
    const ids = []
    for (let at = 0; at < MAX_FILTERS; at++) ids.push(await ask('eth_newBlockFilter'))
    await expect(ask('eth_newFilter', {})).rejects.toMatchObject({ code: -32005 })
    expect([await ask('eth_uninstallFilter', ids[0]!), await ask('eth_uninstallFilter', ids[0]!)]).toEqual([
      true,
      false,
    ])
    await clock.advance(FILTER_LIFE_MS - 1)
    await changes(ids[1]!)
    await clock.advance(1)
    expect(await changes(ids[1]!)).toEqual([])
    await expect(changes(ids[2]!)).rejects.toMatchObject({ code: -32000, message: 'filter not found' })
    await expect(ask('eth_getFilterLogs', ids[1]!)).rejects.toMatchObject({ code: -32000 })
    await expect(ask('eth_newPendingTransactionFilter')).rejects.toMatchObject({ code: 4200 })
  })

  test('more blocks than are made up for end it, with the reason', async () => {
    const chain = new LogChain()
    const { ask, follow, changes } = await session(chain)
    const id = await ask('eth_newBlockFilter')
    for (let block = 0; block < 8_500; block++) chain.extend()
    await follow()
    await expect(changes(id)).rejects.toMatchObject({
      code: -32002,
      message: expect.stringContaining('blocks') as string,
    })
    await expect(changes(id)).rejects.toMatchObject({ code: -32000 })
  })

  test('a request that is given up leaves no subscription and no filter', async () => {
    const { call, subscriber, clock } = await session(new LogChain())
    const before = clock.waiting
    const given = new AbortController()
    const more = { subscriber, ask: { signal: given.signal, evidence: new Evidence() } }
    const id = await call('eth_subscribe', ['newHeads'], more)
    await call('eth_newFilter', [{}], more)
    given.abort()
    expect([subscriber.subscriptions.unsubscribe(id as string), clock.waiting]).toEqual([false, before])
  })
})

test('a session that is closed leaves nothing behind', async () => {
  const chain = new LogChain()
  const { ask, subscribe, subscriber, follow, heard, clock } = await session(chain)
  const before = clock.waiting
  const id = await subscribe('logs')
  await ask('eth_newFilter', {})
  subscriber.close()
  chain.extend([[log(1)]])
  await follow()
  expect([heard(id), clock.waiting]).toEqual([[], before])
})
