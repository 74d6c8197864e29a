/** That what `eth_getLogs` gives is all there is, or an error. */
import { beforeAll, describe, expect, test } from 'vitest'
import { recordedCalls } from '../../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import { data, quantity } from '../../network/json-rpc/hex.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import type { Log } from '../../network/json-rpc/objects/receipt.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import { describeWithData } from '../../testing/data.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { aTurn, importedView, openView, type ViewWorld } from '../imported-view.fixtures.ts'
import { MAX_FETCHED_BLOCKS, MAX_HEADERS, MAX_LOGS } from './constants.ts'
import { bytes20, bytes32, log, LogChain, mainnet, type MadeBlock, type Receipts } from './log-chain.fixtures.ts'

async function worldOf(chain: LogChain, ...faults: readonly (Receipts | undefined)[]) {
  const servers = (faults.length === 0 ? [undefined] : faults).map((fault, at) => chain.server(`server-${at}`, fault))
  const world = openView({ network: mainnet, servers: servers.map(({ server }) => server) })
  await world.follow(chain.head)
  const logs = async (filter: Json): Promise<Json> => world.call('eth_getLogs', [filter])
  return { ...world, logs, asked: () => servers.flatMap(({ asked }) => asked) }
}

/** Places of logs, as block and index. */
const places = (logs: Json): string[] =>
  (logs as { blockNumber: string; logIndex: string }[]).map((log) => `${log.blockNumber} ${log.logIndex}`)

const ALL = { fromBlock: 'earliest', toBlock: 'latest' }

describeWithData('over the chain of execution-apis', (folder) => {
  let world: ViewWorld
  beforeAll(async () => {
    world = await importedView(folder)
  })

  test.each(recordedCalls(folder).filter(({ request }) => request.method === 'eth_getLogs'))(
    '$name',
    async ({ request, response: { result, error } }) => {
      const answer = world.call('eth_getLogs', request.params as Json)
      if (error === undefined) expect(await answer).toEqual(result)
      else await expect(answer).rejects.toMatchObject(error)
    },
  )

  test('all receipts of all blocks have the same logs', async () => {
    const head = world.view.heads.head().header.number
    const ask = { signal: new AbortController().signal, evidence: new Evidence() }
    const logs = await world.call('eth_getLogs', [ALL], { ask })
    const inReceipts: unknown[] = []
    for (let number = 0; number <= head; number++) {
      const receipts = (await world.call('eth_getBlockReceipts', [quantity(number)])) as { logs: unknown[] }[]
      inReceipts.push(...receipts.flatMap(({ logs }) => logs))
    }
    expect(logs).toEqual(inReceipts)
    expect(inReceipts.length).toBeGreaterThan(50)
    expect(ask.evidence).toMatchObject({ level: 'proven', block: { number: head } })
    expect(ask.evidence.notes).toEqual([expect.stringContaining(`of ${head + 1} blocks`)])
  })
})

test.each([1, 2, 3])(
  'random filters over random ranges find what looking through all logs finds (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const below = (end: number) => Math.floor(random() * end)
    const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make)
    const randomLog = (): Log => log(1 + below(5), ...some(4, () => 1 + below(4)))
    const chain = new LogChain(...Array.from({ length: 60 }, () => some(3, () => some(3, randomLog))))
    const { logs } = await worldOf(chain)
    for (let round = 0; round < 150; round++) {
      const from = below(chain.canonical.length)
      const to = from + below(chain.canonical.length - from)
      const addresses = random() < 0.3 ? undefined : some(3, () => 1 + below(6))
      const topics = some(3, () => (random() < 0.4 ? null : some(3, () => 1 + below(5))))
      const filter = {
        ...{ fromBlock: quantity(from), toBlock: quantity(to) },
        ...(addresses && { address: addresses.map((each) => data(bytes20(each))) }),
        topics: topics.map((each) => each && each.map((topic) => data(bytes32(topic)))),
      }
      const expected = chain.canonical.slice(from, to + 1).flatMap(({ number, content }) =>
        content.flat().flatMap((each, index) => {
          const isThere =
            (!addresses?.length || addresses.includes(each.address[0]!)) &&
            topics.length <= each.topics.length &&
            topics.every((any, at) => !any?.length || any.includes(each.topics[at]![0]!))
          return isThere ? [`${quantity(number)} ${quantity(index)}`] : []
        }),
      )
      expect(places(await logs(filter))).toEqual(expected)
    }
  },
)

describe('servers that do not give all', () => {
  const chain = () => new LogChain([[log(1)], [log(2)]], [[log(1), log(2)]], [[log(3)]])
  const whole = ['0x1 0x0', '0x1 0x1', '0x2 0x0', '0x2 0x1', '0x3 0x0']
  const other = new LogChain([[log(9)]], [[log(9)], [log(9)]])

  test.each<[string, Receipts]>([
    ['a receipt left out', async ({ receipts }) => receipts.slice(1)],
    ['no receipts at all', async () => []],
    ['receipts of another block', async ({ receipts }) => other.canonical[receipts.length]!.receipts],
    ['a log taken out', async ({ receipts }) => receipts.map((each) => each.slice(0, -30))],
    ['an empty receipt', async ({ receipts }) => receipts.map(() => new Uint8Array())],
  ])('%s: refused, and another is asked', async (_, fault) => {
    const { logs, selector } = await worldOf(chain(), fault, undefined)
    // Who is asked first is chance: often enough, both are.
    for (const number of [1, 2, 3]) await logs({ fromBlock: quantity(number), toBlock: quantity(number) })
    expect(places(await logs(ALL))).toEqual(whole)
    const liar = selector.views().find(({ name }) => name === 'server-0')
    expect(liar?.lastError?.message ?? 'not asked').toMatch(/not the receipts|not asked/)
    const alone = await worldOf(chain(), fault)
    await expect(alone.logs(ALL)).rejects.toThrow('cannot be had')
  })

  test('what a bloom excludes is not asked for, and what is known not again', async () => {
    const { logs, asked } = await worldOf(chain())
    const third = { ...ALL, address: data(bytes20(3)) }
    expect(places(await logs(third))).toEqual(['0x3 0x0'])
    expect(asked()).toEqual([3])
    await logs(third)
    expect(asked()).toEqual([3])
    await logs(ALL)
    expect(asked().sort()).toEqual([1, 2, 3])
  })
})

describe('the chain changes during a query', () => {
  test('what is told is of one chain: the new one, of which only what changed is read again', async () => {
    const chain = new LogChain([[log(1)]], [[log(1)]], [[log(1)]])
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const { logs, follow, asked } = await worldOf(chain, async (block) => {
      if (block.number === 3) await gate
      return block.receipts
    })
    const query = logs(ALL)
    while (asked().length < 3) await aTurn()
    await follow(chain.reorganize(1, [[[log(2), log(3)]]]))
    open()
    const found = (await query) as { address: string; blockHash: string }[]
    expect(found.map(({ address }) => address)).toEqual([1, 1, 2, 3].map((each) => data(bytes20(each))))
    const hashes = new Set(chain.canonical.map(({ hash }) => data(hash)))
    for (const { blockHash } of found) expect(hashes).toContain(blockHash)
    expect(asked().sort()).toEqual([1, 2, 3, 3])
  })

  test('a chain that will not hold still is an error', async () => {
    const chain = new LogChain([[log(1)]])
    const world = await worldOf(chain, async (block) => {
      await world.follow(chain.reorganize(1, [[[log(1)]]]))
      return block.receipts
    })
    await expect(world.logs({ fromBlock: '0x1', toBlock: '0x1' })).rejects.toMatchObject({ code: -32002 })
  })

  test('a block by its hash is that block, in the chain or not, and which of both is said', async () => {
    const chain = new LogChain([[log(1)]], [[log(2)]])
    const { call, follow } = await worldOf(chain)
    const gone = chain.head
    await follow(chain.reorganize(1, [[[log(3)]]]))
    const levelOf = async ({ hash }: MadeBlock) => {
      const ask = { signal: new AbortController().signal, evidence: new Evidence() }
      const logs = await call('eth_getLogs', [{ blockHash: data(hash) }], { ask })
      return [places(logs), ask.evidence.level]
    }
    expect(await levelOf(chain.head)).toEqual([['0x2 0x0'], 'proven'])
    expect(await levelOf(gone)).toEqual([['0x2 0x0'], 'unverified'])
  })
})

describe('bounds', () => {
  const long = (count: number, content: LogChain['head']['content']) =>
    new LogChain(...Array.from({ length: count }, () => content))

  test('more blocks than may be fetched: the part that can be had is named, and can be had', async () => {
    const { logs, asked } = await worldOf(long(MAX_FETCHED_BLOCKS + 50, [[log(1)]]))
    const refusal = await logs(ALL).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: -32005, data: { fromBlock: '0x33', toBlock: '0x41a' } })
    expect(asked()).toEqual([])
    const { data: part } = refusal as { data: { fromBlock: string; toBlock: string; predictedBytes: number } }
    expect(part.predictedBytes).toBeGreaterThan(0)
    const { fromBlock, toBlock } = part
    expect(await logs({ fromBlock, toBlock })).toHaveLength(MAX_FETCHED_BLOCKS)
    // What is here by now is not counted again.
    expect(await logs({ ...ALL, fromBlock: '0x1' })).toHaveLength(MAX_FETCHED_BLOCKS + 50)
  })

  test('more bytes than may be fetched', async () => {
    const chain = new LogChain()
    chain.gas = 60_000_000
    for (let block = 0; block < 400; block++) chain.extend([[log(1)]])
    const { logs } = await worldOf(chain)
    const refusal = await logs(ALL).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: -32005, message: expect.stringMatching(/some 99\d{6} bytes/) as string })
    // Their blooms exclude it: nothing is fetched.
    expect(await logs({ ...ALL, address: data(bytes20(2)) })).toEqual([])
  })

  test('more headers than are looked through', async () => {
    const chain = long(MAX_HEADERS + 10, [])
    const { logs } = await worldOf(chain)
    const none = { address: data(bytes20(1)) }
    await expect(logs({ ...ALL, ...none })).rejects.toMatchObject({ code: -32005, data: { fromBlock: '0xb' } })
    expect(await logs({ fromBlock: '0xb', toBlock: 'latest', ...none })).toEqual([])
  })

  test('more logs than are given', async () => {
    const many = Array.from({ length: MAX_LOGS / 2 }, () => log(1))
    const { logs } = await worldOf(new LogChain([many], [many], [[log(2)]]))
    expect(await logs({ ...ALL, toBlock: '0x2' })).toHaveLength(MAX_LOGS)
    await expect(logs(ALL)).rejects.toMatchObject({ code: -32005 })
  })

  test.each([
    [{ fromBlock: '0x3', toBlock: '0x2' }, 'invalid block range params'],
    [{ fromBlock: '0x1', toBlock: '0x9' }, 'block range extends beyond current head block'],
    [{ fromBlock: '0x9' }, 'invalid block range params'],
  ])('%j is refused as nodes do', async (filter, message) => {
    const { logs } = await worldOf(new LogChain([], [], []))
    await expect(logs(filter)).rejects.toMatchObject({ code: -32602, message })
  })
})
