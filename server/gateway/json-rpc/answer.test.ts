/** How messages are answered, whatever is asked. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { UnavailableError, type ExecutionSource } from '../../execution/execution-source.ts'
import { replacing } from './imported-chain.fixtures.ts'
import type { CallRecord } from './answer.ts'
import type { JsonRpcOptions } from './json-rpc.ts'
import { createJsonRpc } from './json-rpc.ts'
import { METHODS } from './registry.ts'
import { FIRST_NUMBER, log, SmallChain } from './small-chain.fixtures.ts'

const request = (method: string, params: unknown = [], id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

async function asking(chain: ExecutionSource, options: JsonRpcOptions = {}) {
  const rpc = await createJsonRpc(chain, options)
  return async (body: string): Promise<unknown> => {
    const text = await rpc.handle(body)
    return text === undefined ? undefined : JSON.parse(text)
  }
}

const chain = await SmallChain.of({ logs: [[log(1, 2)]] }, {})
const ask = await asking(chain)

const { serves } = chain
afterEach(() => {
  chain.serves = serves
})

describe('errors', () => {
  test.each([
    ['eth_nothing', [], -32601],
    ['toString', [], -32601],
    ['eth_chainId', [1], -32602],
    ['eth_chainId', { named: 1 }, -32602],
    ['eth_chainId', 'text', -32602],
    ['eth_getBlockByNumber', ['latest'], -32602],
    ['eth_getBlockByNumber', ['newest', true], -32602],
    ['eth_getBlockByNumber', ['0x', true], -32602],
    ['eth_getBlockByNumber', ['0x01', true], -32602],
    ['eth_getBlockByNumber', ['0xg', true], -32602],
    ['eth_getBlockByNumber', [1, true], -32602],
    ['eth_getBlockByNumber', ['0x20000000000000', true], -32602],
    ['eth_getBlockByNumber', ['latest', 'true'], -32602],
    ['eth_getBlockByHash', ['0x12', true], -32602],
    ['eth_getBlockByHash', [`0x${'0'.repeat(63)}g`, true], -32602],
    ['eth_getBalance', ['0x12'], -32602],
    ['eth_getBalance', [`0x${'0'.repeat(40)}`, {}], -32602],
    ['eth_getBalance', [`0x${'0'.repeat(40)}`, { blockNumber: 'latest', blockHash: `0x${'0'.repeat(64)}` }], -32602],
    ['eth_getBalance', [`0x${'0'.repeat(40)}`, `0x${'1'.repeat(64)}`], -32001],
    ['eth_getBalance', [`0x${'0'.repeat(40)}`, { blockHash: `0x${'1'.repeat(64)}`, requireCanonical: true }], -32001],
    ['eth_getBalance', [`0x${'0'.repeat(40)}`, '0x1000099'], -32001],
    ['eth_getBlockByNumber', ['safe', true], -39001],
    ['eth_getBlockByNumber', ['0x1', true], 4444],
    ['eth_getLogs', [{ fromBlock: '0x1', toBlock: '0x2' }], 4444],
    ['eth_getLogs', [{ fromBlock: 'latest', toBlock: 'earliest' }], -32602],
    ['eth_getLogs', [{ fromBlock: 'latest', toBlock: '0x1000099' }], -32602],
    ['eth_getLogs', [{ fromBlock: 'pending' }], -32602],
    ['eth_getLogs', [{ topics: [null, null, null, null, null] }], -32602],
    ['eth_getLogs', [{ address: ['0x'] }], -32602],
    ['eth_getLogs', [{ blockHash: `0x${'1'.repeat(64)}` }], -32001],
    ['debug_executionWitness', ['latest'], -32002],
    ['debug_getRawBlockAccessList', ['latest'], -32001],
    // This source traces nothing.
    ['debug_traceBlockByHash', [`0x${'1'.repeat(64)}`], -32601],
    ['debug_traceBlockByNumber', ['latest', { tracer: 'prestateTracer' }], -32601],
    ['debug_traceBlockByNumber', ['latest', { tracer: 'callTracer' }], -32602],
    ['eth_sendRawTransaction', ['0x00'], -32000],
    ['eth_sendRawTransaction', ['0x0'], -32602],
    ['eth_subscribe', ['newHeads'], -32601],
    ['eth_unsubscribe', ['0x1'], -32601],
    ['eth_config', [], -32002],
    ['eth_getStorageValues', [{ [`0x${'0'.repeat(40)}`]: Array<string>(1_025).fill('0x0') }], -38026],
    ['eth_feeHistory', ['0x1', 'latest', [50, 20]], -32602],
    ['eth_feeHistory', ['0x1', 'latest', [101]], -32602],
    ['eth_createAccessList', [{ gas: '0x10000000000000000' }], -32602],
    ['eth_createAccessList', [{ input: '0x01', data: '0x02' }], -32602],
  ])('%s %j: %i', async (method, params, code) => {
    expect(await ask(request(method, params))).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code } })
  })

  test('methods and namespaces that are left out do not exist', async () => {
    const ask = await asking(chain, { without: ['debug', 'eth_chainId'] })
    for (const method of ['debug_getRawBlock', 'eth_chainId'])
      expect(await ask(request(method, ['latest']))).toMatchObject({ error: { code: -32601 } })
    expect(await ask(request('eth_blockNumber'))).toMatchObject({ result: expect.any(String) as string })
  })

  test('a block of another branch is there, unless it has to be canonical', async () => {
    const chain = await SmallChain.of({}, {})
    const ask = await asking(chain)
    const orphan = `0x${Buffer.from(chain.head.hash).toString('hex')}`
    chain.reorganise(1, [{ extra: 1 }])
    const balance = (selector: object) => ask(request('eth_getBalance', [`0x${'0'.repeat(40)}`, selector]))
    expect(await balance({ blockHash: orphan })).toMatchObject({ result: '0x0' })
    expect(await balance({ blockHash: orphan, requireCanonical: false })).toMatchObject({ result: '0x0' })
    expect(await balance({ blockHash: orphan, requireCanonical: true })).toMatchObject({ error: { code: -32000 } })
  })

  test('what a source cannot say is unavailable, and what breaks in it is nobody’s business but the log’s', async () => {
    const failing = (error: Error) =>
      replacing(chain, {
        blockByHash: () => {
          throw error
        },
      })
    const errors: unknown[] = []
    const answer = async (error: Error) => {
      const rpc = await createJsonRpc(failing(error), { onError: (method, error) => errors.push([method, error]) })
      return JSON.parse((await rpc.handle(request('eth_getBlockByHash', [`0x${'1'.repeat(64)}`, true])))!) as object
    }
    expect(await answer(new UnavailableError('the upstream is silent'))).toMatchObject({
      error: { code: -32002, message: 'resource unavailable: the upstream is silent' },
    })
    const bug = new TypeError('undefined is /home/me')
    expect(await answer(bug)).toMatchObject({ error: { code: -32603, message: 'internal error' } })
    expect(errors).toEqual([['eth_getBlockByHash', bug]])
  })

  test('fees are told by the blocks that are kept: their parents are not asked for', async () => {
    const gone = replacing(chain, {
      blockByHash: () => {
        throw new UnavailableError('it was not recorded')
      },
    })
    for (const from of [chain.head.number - 1, chain.head.number]) {
      chain.serves = { ...chain.serves, blocks: { from, before: 'some' } }
      const ask = await asking(from === chain.head.number ? gone : chain)
      expect(await ask(request('eth_gasPrice'))).toMatchObject({ result: expect.stringMatching(/^0x/) as unknown })
      expect(await ask(request('eth_maxPriorityFeePerGas'))).toHaveProperty('result')
      expect(await ask(request('eth_feeHistory', ['0x5', 'latest', [50]]))).toMatchObject({
        result: { oldestBlock: `0x${from.toString(16)}` },
      })
    }
  })

  test('a block from before what is kept whole may be held all the same', async () => {
    const [first] = chain.canonical
    chain.serves = { ...chain.serves, blocks: { from: chain.head.number, before: 'some' } }
    const number = `0x${first!.number.toString(16)}`
    expect(await ask(request('eth_getBlockByNumber', [number, false]))).toMatchObject({ result: { number } })
  })

  test('a million storage keys are counted, not read', async () => {
    const keys = Array<string>(1_000_000).fill('0x0')
    expect(await ask(request('eth_getProof', [`0x${'0'.repeat(40)}`, keys, 'latest']))).toMatchObject({
      error: { code: -32602, message: 'too many keys requested: 1000000, maximum allowed is 1024' },
    })
  })

  test('what is shown of a long name is short', async () => {
    const answer = await ask(request('x'.repeat(100_000)))
    expect(JSON.stringify(answer).length).toBeLessThan(300)
  })
})

describe('bounds', () => {
  test('what does not fit into the length that all share is an error, and what follows it is not run', async () => {
    const records: CallRecord[] = []
    let looked = 0
    const counted = replacing(chain, {
      blockByNumber: (number) => {
        looked += 1
        return chain.blockByNumber(number)
      },
    })
    const ask = await asking(counted, {
      limits: { answerLength: 5_900, batchLanes: 1 },
      onCall: (record) => records.push(record),
    })
    const number = `0x${FIRST_NUMBER.toString(16)}`
    const block = (id: number) => request('eth_getBlockByNumber', [number, false], id)
    const answer = (await ask(`[${request('eth_chainId', [], 0)},${[1, 2, 3, 4, 5].map(block).join(',')}]`)) as object[]
    const refused = { error: { code: -32005, message: 'response too large' } }
    expect(answer).toMatchObject([
      { id: 0, result: '0x1' },
      { id: 1, result: {} },
      { id: 2, result: {} },
      { id: 3, ...refused },
      { id: 4, ...refused },
      { id: 5, ...refused },
    ])
    expect([looked, records.length]).toEqual([3, 6])
  })

  test('the answer never is longer, whatever is asked', async () => {
    const answerLength = 20_000
    const rpc = await createJsonRpc(chain, { limits: { answerLength } })
    const ids = fc.oneof(fc.integer(), fc.string({ maxLength: 300 }))
    const method = fc.constantFrom('eth_getBlockByNumber', 'eth_chainId', 'x'.repeat(500), '"'.repeat(500))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(ids, method), { minLength: 1, maxLength: 12 }), async (calls) => {
        const batch = calls.map(([id, method]) =>
          request(method, method === 'eth_getBlockByNumber' ? ['latest', false] : [], id),
        )
        const text = await rpc.handle(`[${batch.join(',')}]`)
        expect(text!.length).toBeLessThanOrEqual(answerLength)
        expect(JSON.parse(text!)).toHaveLength(calls.length)
      }),
    )
  })

  test('a call that hangs is answered when the time is over, and so is what follows it', async () => {
    const clock = new SimulatedClock()
    const hanging = replacing(chain, { blockByHash: () => new Promise(() => undefined) })
    const rpc = await createJsonRpc(hanging, { clock, limits: { messageTime: 1_000, batchLanes: 1 } })
    const hash = `0x${'1'.repeat(64)}`
    const batch = `[${request('eth_getBlockByHash', [hash, true], 1)},${request('eth_chainId', [], 2)}]`
    const answer = rpc.handle(batch)
    await clock.advance(1_000)
    expect(JSON.parse((await answer)!)).toMatchObject([
      { id: 1, error: { code: -32002, message: 'request timed out' } },
      { id: 2, error: { code: -32002 } },
    ])
    expect(clock.waiting).toBe(0)
  })

  describe('a range of blocks', () => {
    /** The answer, and how many of 900 blocks were looked at: `interrupt` comes at the hundredth. */
    async function interrupted(options: JsonRpcOptions, interrupt: () => void, gone?: AbortSignal) {
      const blocks = await SmallChain.of(...Array<object>(900).fill({}))
      let looked = 0
      const source = replacing(blocks, {
        blockByNumber: (number) => {
          if (++looked === 100) interrupt()
          return blocks.blockByNumber(number)
        },
      })
      const rpc = await createJsonRpc(source, options)
      const range = [{ fromBlock: `0x${FIRST_NUMBER.toString(16)}`, toBlock: 'latest' }]
      const text = await rpc.handle(request('eth_getLogs', range), { client: '', gone })
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => void setImmediate(resolve))
      return { answer: JSON.parse(text!) as object, looked }
    }

    test('is left when its time is over', async () => {
      const clock = new SimulatedClock()
      const options = { clock, limits: { messageTime: 1_000 } }
      const { answer, looked } = await interrupted(options, () => void clock.advance(1_000))
      expect(answer).toMatchObject({ error: { code: -32002, message: 'request timed out' } })
      expect(looked).toBeLessThan(200)
      expect(clock.waiting).toBe(0)
    })

    test('is left when the caller is gone', async () => {
      const caller = new AbortController()
      const { looked } = await interrupted({}, () => caller.abort(), caller.signal)
      expect(looked).toBeLessThan(200)
    })
  })

  test('nobody waits long behind another’s batch', async () => {
    const rpc = await createJsonRpc(chain)
    const batch = `[${Array.from({ length: 900 }, (_, id) => request('eth_chainId', [], id)).join(',')}]`
    let isDone = false
    const busy = rpc.handle(batch, { client: 'busy' }).then(() => (isDone = true))
    for (let i = 0; i < 5; i++)
      await rpc.handle(`[${request('eth_chainId')},${request('eth_chainId')}]`, { client: 'calm' })
    expect(isDone).toBe(false)
    await busy
  })

  test('answers that are put together at a time share a length', async () => {
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const long = 'x'.repeat(100_000)
    const slow = replacing(chain, { software: long, receipts: () => gate.then(() => chain.receipts(chain.head.hash)) })
    const ask = await asking(slow, { limits: { answersLength: 60_000 } })
    const first = ask(`[${request('web3_clientVersion')},${request('eth_getBlockReceipts', ['latest'])}]`)
    await new Promise((resolve) => void setImmediate(resolve))
    expect(await ask(request('web3_clientVersion'))).toMatchObject({ error: { code: -32005 } })
    expect(await ask(request('eth_chainId'))).toMatchObject({ result: '0x1' })
    open()
    expect(await first).toMatchObject([{ result: long }, { result: [] }])
    expect(await ask(request('web3_clientVersion'))).toMatchObject({ result: long })
  })

  test('logs are counted, and blocks of a range', async () => {
    const many = await SmallChain.of({ logs: [Array(5).fill(log(1))] }, {}, {})
    const ask = await asking(many, { limits: { logs: 4, logBlocks: 3 } })
    const logs = (from: number, to: number) =>
      ask(request('eth_getLogs', [{ fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }]))
    expect(await logs(FIRST_NUMBER, FIRST_NUMBER + 1)).toMatchObject({ error: { code: -32005 } })
    expect(await logs(FIRST_NUMBER + 2, FIRST_NUMBER + 3)).toMatchObject({ result: [] })
    expect(await logs(FIRST_NUMBER, FIRST_NUMBER + 3)).toMatchObject({ error: { code: -32005 } })
  })
})

test('what waits counts in the pending nonce, where a pool is known', async () => {
  const pooled = await asking(replacing(chain, { pendingNonce: () => 9n }))
  const params = (tag?: string) => [`0x${'0'.repeat(40)}`, ...(tag === undefined ? [] : [tag])]
  expect(await pooled(request('eth_getTransactionCount', params('pending')))).toMatchObject({ result: '0x9' })
  expect(await pooled(request('eth_getTransactionCount', params()))).toMatchObject({ result: '0x0' })
  expect(await ask(request('eth_getTransactionCount', params('pending')))).toMatchObject({ result: '0x0' })
})

test('notifications are carried out and not answered', async () => {
  const records: CallRecord[] = []
  const ask = await asking(chain, { onCall: (record) => records.push(record) })
  expect(await ask('{"jsonrpc":"2.0","method":"eth_chainId"}')).toBeUndefined()
  expect(await ask('[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","method":"no"}]')).toBeUndefined()
  expect(await ask(`[{"jsonrpc":"2.0","method":"eth_chainId"},${request('eth_chainId')}]`)).toHaveLength(1)
  expect(records.map(({ method, errorCode }) => `${method} ${errorCode ?? 'ok'}`).sort()).toEqual([
    ...Array<string>(4).fill('eth_chainId ok'),
    'unknown -32601',
  ])
})

describe('any JSON is answered as JSON-RPC, or is a notification', () => {
  const value = fc.oneof(
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.constantFrom('latest', '0x1000001', '0x0', `0x${'0'.repeat(40)}`, `0x${'1'.repeat(64)}`, true, {}, []),
  )
  const call = fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '2.0', '1.0'),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), value),
      method: fc.oneof(fc.constantFrom(...METHODS.keys()), fc.string()),
      params: fc.oneof(fc.array(value, { maxLength: 4 }), value),
    },
    { requiredKeys: [] },
  )
  const isAnswer = (answer: unknown): boolean => {
    const { jsonrpc, id, ...rest } = answer as { jsonrpc: string; id: unknown; result?: unknown; error?: unknown }
    if (jsonrpc !== '2.0' || id === undefined || (typeof id === 'object' && id !== null)) return false
    const error = rest.error as { code?: unknown; message?: unknown } | undefined
    if (error === undefined) return 'result' in rest
    // An internal error would be a hole in the validation.
    return Number.isInteger(error.code) && error.code !== -32603 && typeof error.message === 'string'
  }

  test('calls of all methods', async () => {
    await fc.assert(
      fc.asyncProperty(call, async (call) => {
        const answer = await ask(JSON.stringify(call))
        expect(answer === undefined ? call.id === undefined : isAnswer(answer)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('batches, and anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(call, { maxLength: 5 }), value), async (message) => {
        const answer = await ask(JSON.stringify(message))
        const answers = answer === undefined ? [] : Array.isArray(answer) ? (answer as unknown[]) : [answer]
        expect(answers.every(isAnswer)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const answer = await ask(text)
        expect(isAnswer(answer)).toBe(true)
      }),
    )
  })
})
