/** What dapps ask at the edges, answered as geth and the specification answer it: over the execution-apis project's chain. */
import { beforeAll, expect, test } from 'vitest'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import { describeWithData } from '../testing/data.ts'
import { importedView, type ViewWorld } from './imported-view.fixtures.ts'
import { asRpcError } from './rpc-failure.ts'

const RICH = '0x0c2c51a0990aee1d73c1228de158688341557508'
const POOR = `0x${'bb'.repeat(20)}`
/** Has slots 1 to 3. */
const STORE = '0x8bebc8ba651aee624937e7d897853ac30c95a067'
const UNKNOWN = `0x${'ab'.repeat(32)}`
const FUTURE = '0xffffffff'
/** Reverts with one word, 42. */
const REVERTING = '0x602a60005260206000fd'
const FORTY_TWO = `0x${'2a'.padStart(64, '0')}`
const TOPIC = `0x${'cd'.repeat(32)}`

describeWithData('at the edges', (data) => {
  let world: ViewWorld
  let head: JsonObject
  beforeAll(async () => {
    world = await importedView(data)
    head = (await world.call('eth_getBlockByNumber', ['latest'])) as JsonObject
    return () => world.close()
  })

  const failure = async (method: string, params: Json) =>
    world.call(method, params).then(
      (result) => expect.fail(`${method} answers ${JSON.stringify(result).slice(0, 200)}`),
      (error: unknown) => asRpcError(error, () => undefined),
    )

  test.each([
    'eth_getBlockByNumber',
    'eth_getBlockReceipts',
    'eth_getBlockTransactionCountByNumber',
    'eth_getUncleCountByBlockNumber',
    'eth_getBlockAccessList',
  ])('%s: of a block that is not there yet there is null', async (method) => {
    expect(await world.call(method, [FUTURE])).toBeNull()
  })

  test.each<[method: string, ...params: Json[]]>([
    ['eth_getTransactionByBlockNumberAndIndex', FUTURE, '0x0'],
    ['eth_getTransactionByBlockNumberAndIndex', 'latest', '0xffff'],
    ['eth_getRawTransactionByBlockNumberAndIndex', 'latest', '0xffff'],
    ['eth_getUncleByBlockNumberAndIndex', 'latest', '0x0'],
    ['eth_getTransactionReceipt', UNKNOWN],
    ['eth_getTransactionByHash', UNKNOWN],
    ['eth_getBlockByHash', UNKNOWN],
    ['eth_getBlockReceipts', UNKNOWN],
    ['eth_getUncleByBlockHashAndIndex', UNKNOWN, '0x0'],
  ])('%s(%s, %s) is null', async (method, ...params) => {
    expect(await world.call(method, params)).toBeNull()
  })

  test('state at a block that is not there is an error that names the block', async () => {
    for (const [method, ...params] of [
      ['eth_getBalance', RICH],
      ['eth_getCode', STORE],
      ['eth_call', { to: STORE }],
    ] as Json[][]) {
      expect(await failure(method as string, [...params, FUTURE])).toMatchObject({
        code: -32001,
        message: expect.stringContaining(String(Number(FUTURE))) as string,
      })
      expect(
        await failure(method as string, [...params, { blockHash: UNKNOWN, requireCanonical: true }]),
      ).toMatchObject({
        code: -32001,
        message: expect.stringContaining(UNKNOWN) as string,
      })
    }
  })

  test.each<[method: string, ...params: Json[]]>([
    ['eth_getBalance', RICH],
    ['eth_getTransactionCount', RICH],
    ['eth_getCode', STORE],
    ['eth_getStorageAt', STORE, '0x1'],
    ['eth_getProof', STORE, ['0x1']],
    ['eth_call', { to: STORE }],
    ['eth_estimateGas', { from: RICH, to: POOR, value: '0x1' }],
    ['eth_createAccessList', { from: RICH, to: STORE }],
    ['eth_getBlockTransactionCountByNumber'],
    ['eth_getBlockReceipts'],
    ['eth_getBlockByNumber'],
  ])('%s: a block by each of its names is the same block, pending too', async (method, ...params) => {
    const latest = await world.call(method, [...params, 'latest'])
    const names: Json[] = ['pending', head['number']!]
    const takesObjects = !method.endsWith('ByNumber')
    if (takesObjects)
      names.push({ blockNumber: head['number']! }, { blockNumber: 'pending' }, { blockHash: head['hash']! })
    if (takesObjects) names.push({ blockHash: head['hash']!, requireCanonical: true }, head['hash']!)
    for (const name of names) expect(await world.call(method, [...params, name]), JSON.stringify(name)).toEqual(latest)
  })

  test('a slot is named by up to 64 digits, however many', async () => {
    const at = (slot: string) => world.call('eth_getStorageAt', [STORE, slot, 'latest'])
    const whole = await at(`0x${'1'.padStart(64, '0')}`)
    expect(whole).not.toBe(`0x${'0'.repeat(64)}`)
    for (const short of ['0x1', '0x01', '0x0001']) expect(await at(short)).toBe(whole)
    expect(await failure('eth_getStorageAt', [STORE, `0x${'1'.repeat(65)}`])).toMatchObject({ code: -32602 })
  })

  test('a call is free where it names no price, and paid for where it does', async () => {
    expect(await world.call('eth_call', [{ from: POOR, to: STORE }])).toBe('0x')
    const price = { from: POOR, to: STORE, gas: '0x5208', gasPrice: '0xffffffffff' }
    expect(await failure('eth_call', [price])).toMatchObject({
      code: -32000,
      message: expect.stringContaining('insufficient funds for gas * price + value') as string,
    })
    expect(await failure('eth_call', [{ from: POOR, to: STORE, value: '0x1' }])).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/insufficient funds for/) as string,
    })
    expect(await failure('eth_call', [{ from: RICH, to: STORE, gasPrice: '0x1', maxFeePerGas: '0x1' }])).toMatchObject({
      message: expect.stringContaining('both gasPrice') as string,
    })
  })

  test('an estimate is 21000 of a transfer, and the error of what would fail', async () => {
    expect(await world.call('eth_estimateGas', [{ from: RICH, to: POOR, value: '0x1' }])).toBe('0x5208')
    const overrides = { [STORE]: { code: REVERTING } }
    for (const method of ['eth_estimateGas', 'eth_call'])
      expect(await failure(method, [{ from: RICH, to: STORE }, 'latest', overrides])).toMatchObject({
        ...{ code: 3, data: FORTY_TWO },
        message: expect.stringContaining('execution reverted') as string,
      })
    expect(await failure('eth_estimateGas', [{ from: POOR, to: STORE, value: '0x1' }])).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/insufficient funds for/) as string,
    })
    expect(
      await failure('eth_estimateGas', [
        { from: RICH, to: STORE, gas: '0x5300' },
        'latest',
        { [STORE]: { code: '0x5b600056' } },
      ]),
    ).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/out of gas|gas required exceeds allowance/) as string,
    })
  })

  test('fees of the past end at the head for pending, and are none for no blocks', async () => {
    const latest = await world.call('eth_feeHistory', ['0x2', 'latest', [10, 90]])
    expect(await world.call('eth_feeHistory', ['0x2', 'pending', [10, 90]])).toStrictEqual(latest)
    expect(await world.call('eth_feeHistory', [2, 'latest', [10, 90]])).toStrictEqual(latest)
    expect(latest).toMatchObject({ baseFeePerGas: { length: 3 }, gasUsedRatio: { length: 2 }, reward: { length: 2 } })
    expect(await world.call('eth_feeHistory', ['0x2', 'latest', []])).not.toHaveProperty('reward')
    expect(await world.call('eth_feeHistory', ['0xffff', '0x1', null])).toMatchObject({
      oldestBlock: '0x0',
      gasUsedRatio: { length: 2 },
    })
    expect(await world.call('eth_feeHistory', ['0x0', 'latest', []])).toMatchObject({
      oldestBlock: '0x0',
      gasUsedRatio: [],
    })
  })

  test.each<[method: string, params: Json, named: string]>([
    ['eth_feeHistory', ['0x2', 'latest', [90, 10]], 'argument 2'],
    ['eth_feeHistory', ['0x2', 'latest', [10, 10]], 'argument 2'],
    ['eth_feeHistory', ['0x2', 'latest', [10, 101]], 'argument 2'],
    ['eth_feeHistory', ['0x2', 'latest', [-1]], 'argument 2'],
    ['eth_feeHistory', ['0x2', { blockHash: UNKNOWN }], 'argument 1'],
    ['eth_getLogs', [{ blockHash: UNKNOWN, fromBlock: '0x1' }], 'BlockHash and FromBlock'],
    ['eth_getLogs', [{ blockHash: UNKNOWN, toBlock: 'latest' }], 'BlockHash and FromBlock'],
    ['eth_getLogs', [{ topics: [TOPIC, TOPIC, TOPIC, TOPIC, TOPIC] }], 'topics'],
    ['eth_getLogs', [{ topics: ['0x1'] }], 'topics'],
    ['eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x4' }], 'block range'],
    ['eth_getLogs', [{ fromBlock: '0x1', toBlock: FUTURE }], 'block range'],
    ['eth_getLogs', [{ address: '0x12' }], 'address'],
    ['eth_getLogs', [{ address: [POOR, 7] }], 'address'],
    ['eth_newFilter', [{ fromBlock: '0x5', toBlock: '0x4' }], 'block range'],
    ['eth_getBalance', [RICH, { blockHash: UNKNOWN, blockNumber: '0x1' }], 'BlockHash'],
    ['eth_getBalance', [RICH, { blockHash: UNKNOWN, requireCanonical: 'yes' }], 'requireCanonical'],
    ['eth_getBalance', [RICH, {}], 'argument 1'],
    ['eth_getBalance', [RICH, '0x01'], 'argument 1'],
    ['eth_getBalance', ['0x12'], 'argument 0'],
    ['eth_getBlockByNumber', ['0x1', 'yes'], 'argument 1'],
    ['eth_getBlockByNumber', [], 'argument 0'],
    ['eth_call', [{ to: STORE, gas: 'much' }], 'argument 0.gas'],
    ['eth_call', [{ to: STORE }, 'latest', { [STORE]: { balance: 7 } }], 'argument 2'],
    ['eth_estimateGas', [{ to: STORE, value: '-0x1' }], 'argument 0.value'],
    ['eth_sendRawTransaction', ['0x123'], 'argument 0'],
  ])('%s(%j) is refused with its name', async (method, params, named) => {
    expect(await failure(method, params)).toMatchObject({
      code: -32602,
      message: expect.stringContaining(named) as string,
    })
  })

  test('logs of no address in particular are those of all, and of any topic those of every topic', async () => {
    const range = { fromBlock: '0x0', toBlock: 'latest' }
    const all = (await world.call('eth_getLogs', [range])) as Json[]
    expect(all.length).toBeGreaterThan(0)
    for (const filter of [{ address: [] }, { topics: [] }, { topics: [[]] }, { address: null, topics: null }]) {
      const found = (await world.call('eth_getLogs', [{ ...range, ...filter }])) as JsonObject[]
      const withTopic = (all as JsonObject[]).filter(({ topics }) => (topics as Json[]).length > 0)
      expect(found, JSON.stringify(filter)).toStrictEqual(
        'topics' in filter && filter.topics?.length === 1 ? withTopic : all,
      )
    }
    const [{ blockHash, blockNumber }] = all as [{ blockHash: string; blockNumber: string }]
    expect(await world.call('eth_getLogs', [{ fromBlock: blockNumber, toBlock: blockNumber }])).toStrictEqual(
      await world.call('eth_getLogs', [{ blockHash }]),
    )
  })
})
