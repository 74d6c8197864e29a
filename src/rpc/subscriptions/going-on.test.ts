/** Subscriptions and filters that go on at another node: from the block up to which the first had told everything. */
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { hexToBytes } from '@ethereumjs/util'
import type { Json } from '../../network/json-rpc/json.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { aTurn, openView } from '../imported-view.fixtures.ts'
import { log, LogChain, mainnet, type BlockContent } from '../logs/log-chain.fixtures.ts'
import type { SessionNews } from '../session-messages.ts'
import { createSubscriber } from './subscriber.ts'

interface Shown {
  readonly blockHash: string
  readonly hash: string
  readonly removed: boolean
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await aTurn()
}

/** A node that has just begun to follow the chain, and one session of it. */
async function node(chain: LogChain) {
  const { server } = chain.server('server')
  const world = openView({ network: mainnet, servers: [server] })
  await world.follow(chain.head)
  const sent: SessionNews[] = []
  const subscriber = createSubscriber({ setting: world.setting, send: (news) => void sent.push(news) })
  world.listeners.add(() => subscriber.headChanged())
  const ask = async (method: string, params: readonly Json[], since?: string): Promise<Json> => {
    const more = { signal: new AbortController().signal, evidence: new Evidence() }
    const listening =
      since === undefined ? subscriber : await subscriber.since(asHash(hexToBytes(since as never)), more)
    const result = await world.call(method, [...params], { subscriber: listening })
    const request = { kind: 'request', id: 1, method, params, allowUnverified: false, since } as const
    subscriber.answered({ kind: 'result', id: 1, result, verification: { level: 'local', source: [] } }, request)
    await quiet()
    return result
  }
  return {
    ask,
    follow: async () => {
      await world.follow(chain.head)
      await quiet()
    },
    heard: (id: Json) =>
      sent.flatMap((news) =>
        news.kind === 'notification' && news.subscription === id ? [news.result as unknown] : [],
      ),
    told: (id: Json) =>
      sent.findLast((news) => news.kind === 'told' && news.of === id) as { block: string } | undefined,
    end: () => {
      subscriber.close()
      world.close()
    },
  }
}

/** What somebody has who believes all that was told. */
function take(have: Shown[], news: readonly Shown[]): void {
  for (const each of news) {
    if (!each.removed) have.push(each)
    else
      have.splice(
        have.findLastIndex(({ blockHash }) => blockHash === each.blockHash),
        1,
      )
  }
}

test.each([1, 2, 3])(
  'whatever becomes of the chain meanwhile, nothing is lost or told twice (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const content = (): BlockContent => (random() < 0.6 ? [[log(1 + Math.floor(random() * 9))]] : [])
    const chain = new LogChain(...Array.from({ length: 8 }, content))
    const change = (): void => {
      const depth = random() < 0.4 ? 1 + Math.floor(random() * 4) : 0
      chain.reorganize(depth, Array.from({ length: depth + Math.floor(random() * 3) }, content))
    }
    const ways = [
      ['eth_subscribe', 'newHeads'],
      ['eth_subscribe', 'logs', {}],
      ['eth_newFilter', {}],
    ] as const
    const places: (string | undefined)[] = [undefined, undefined, undefined]
    const heads: string[] = []
    const [bySubscription, byFilter]: [Shown[], Shown[]] = [[], []]
    const first = await node(chain)
    const before = (await first.ask('eth_getLogs', [{ fromBlock: '0x0' }])) as unknown as Shown[]
    first.end()
    for (const have of [bySubscription, byFilter]) have.push(...before)

    for (let round = 0; round < 8; round++) {
      const { ask, follow, heard, told, end } = await node(chain)
      const ids: Json[] = []
      for (const [at, [method, ...params]] of ways.entries()) ids.push(await ask(method, params, places[at]))
      for (let step = 0; step < 3; step++) {
        change()
        await follow()
      }
      heads.push(...heard(ids[0]!).map((head) => (head as Shown).hash))
      take(bySubscription, heard(ids[1]!) as Shown[])
      take(byFilter, (await ask('eth_getFilterChanges', [ids[2]!])) as unknown as Shown[])
      for (const [at, id] of ids.entries()) places[at] = told(id)!.block
      const all = ((await ask('eth_getLogs', [{ fromBlock: '0x0' }])) as unknown as Shown[]).map(
        ({ blockHash }) => blockHash,
      )
      for (const have of [bySubscription, byFilter]) expect(have.map(({ blockHash }) => blockHash)).toEqual(all)
      end()
      change()
    }
    expect(new Set(heads).size).toBe(heads.length)
  },
)

test('a block that the other node had already told is not gone because it is not here yet', async () => {
  const chain = new LogChain([], [])
  const behind = await node(chain)
  chain.extend([[log(1)]])
  const ahead = await node(chain)
  const first = await ahead.ask('eth_subscribe', ['logs', {}])
  const { block } = ahead.told(first)!
  const second = await behind.ask('eth_subscribe', ['logs', {}], block)
  chain.extend([[log(2)]])
  await behind.follow()
  expect((behind.heard(second) as Shown[]).map(({ removed }) => removed)).toEqual([false])
})
