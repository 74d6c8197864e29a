/** Methods that execute, over servers that give proofs and no whole state: the same answers as on the whole state, or none. */
import { RLP } from '@ethereumjs/rlp'
import { hexToBytes } from '@ethereumjs/util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordedCalls } from '../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import type { ExecutionSource } from '../../server/execution/execution-source.ts'
import { networkByName, type Network } from '../chain/network.ts'
import { decodeRawHeader } from '../execution/block/raw-block.ts'
import { openTestChain, type TestChain } from '../execution/call/recorded-calls.fixtures.ts'
import { JsonInput } from '../execution/call/json/json-input.ts'
import { blockTraceJson, traceBlock } from '../execution/call/tracers/trace-block.ts'
import { readTraceConfig } from '../execution/call/tracers/trace-config.ts'
import { bytesToWord } from '../execution/words.ts'
import { UNPACED } from '../execution/pace.ts'
import { data as hex } from '../network/json-rpc/hex.ts'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import { RequestError } from '../network/request-server.ts'
import { Evidence } from '../sync/chain-view/evidence.ts'
import type { AskOf, StateServer } from '../sync/state-fetch/state-server.ts'
import { describeWithData } from '../testing/data.ts'
import { openView, serverOf, type ViewWorld } from './imported-view.fixtures.ts'
import { asRpcError } from './rpc-failure.ts'

const RICH = '0x0c2c51a0990aee1d73c1228de158688341557508'
const CONTRACT = '0x7dcd17433742f4c0ca53122ab541d0ba67fc27df'
const PROGRAM = '0x00000000000000000000000000000000009406a3'
/** BLOCKHASH of 40, then of 41, XORed. */
const HASHES = '0x6028406029401860005260206000f3'
/** BLOCKHASH of the block before. */
const LAST_HASH = '0x60014303405f5260205ff3'
/** Has three slots, 1 to 3. */
const STORE = '0x8bebc8ba651aee624937e7d897853ac30c95a067'
/** Empties two of them: the third is left alone in its trie. */
const EMPTYING = '0x6000600155600060025500'
const EMPTY_DIFFERENCE = { tracer: 'prestateTracer', tracerConfig: { diffMode: true, includeEmpty: true } }
const EMPTIED = {
  blockStateCalls: [
    { stateOverrides: { [STORE]: { code: EMPTYING } }, calls: [{ to: STORE }] },
    { calls: [{ from: RICH, to: PROGRAM, value: '0x1' }] },
  ],
}

/** What an ordinary execution client gives: blocks, proofs, and codes by address. */
function proofsOnly(
  source: ExecutionSource,
  onProofs: (ask: AskOf<'proofs'>) => unknown = () => undefined,
): StateServer {
  const { name, windows, answers } = serverOf(source)
  const { block, headers, receipts, transactionPlace, proofs, accountCodes } = answers
  const watched: typeof proofs = (ask, signal) => {
    onProofs(ask)
    return proofs!(ask, signal)
  }
  return {
    ...{ name, windows },
    answers: { block, headers, receipts, transactionPlace, proofs: watched, accountCodes } as typeof answers,
  }
}

describeWithData('methods that execute, over proofs', (data) => {
  let chain: TestChain
  let network: Network
  let world: ViewWorld
  beforeAll(async () => {
    chain = await openTestChain(data)
    network = { ...networkByName('mainnet'), ...chain.chain.network }
    world = await viewAt(proofsOnly(chain.chain))
  })
  afterAll(() => world.close())

  async function viewAt(server: StateServer): Promise<ViewWorld> {
    const view = openView({ network, servers: [server] })
    const { head, finalized } = chain.chain.status()
    await view.follow(head, finalized)
    return view
  }

  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

  async function failure(method: string, params: Json): Promise<{ readonly code: number; readonly message: string }> {
    const answer = world.call(method, params)
    return answer.then(
      (result) => {
        throw new Error(`${method} answers ${JSON.stringify(result).slice(0, 200)}`)
      },
      (error: unknown) => asRpcError(error, () => undefined),
    )
  }

  const recorded = recordedCalls(data).filter(
    ({ request: { method }, response }) =>
      (method.startsWith('debug_trace') || method === 'eth_simulateV1') && response.error === undefined,
  )

  test.each(recorded)('$name', async ({ request: { method, params }, response }) => {
    expect(await world.call(method, params as Json)).toStrictEqual(response.result)
  })

  test.each([
    { tracer: 'callTracer', tracerConfig: { withLog: true } },
    { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
    { disableStack: true },
  ])('blocks traced with %j come to what they come to on the whole state', async (config) => {
    for (let number = 1; number <= chain.chain.head.number; number += 4) {
      const { crypto, network: rules } = chain.context(number)
      const block = chain.block(number)
      const input = {
        job: {
          ...{ network: rules, block: block.rlp, engine: 'tuned' as const },
          position: decodeRawHeader(block.header, crypto.keccak),
          ancestors: new Map(Array.from({ length: number }, (_, at) => [at, chain.block(at).hash])),
        },
        ...{ reader: chain.trie(chain.block(number - 1).stateRoot), crypto, pace: UNPACED },
      }
      const whole = blockTraceJson(await traceBlock(input, readTraceConfig(new JsonInput(config, 'config'))))
      expect(plain(await world.call('debug_traceBlockByNumber', [`0x${number.toString(16)}`, config]))).toEqual(
        plain(whole),
      )
    }
  })

  test('an answer is said to be proven, and of its block', async () => {
    const hash = hex(chain.block(30).hash)
    for (const [method, params, number] of [
      ['debug_traceBlockByHash', [hash], 30],
      ['debug_traceCall', [{ to: CONTRACT }, hash], 30],
      ['eth_simulateV1', [{ blockStateCalls: [{}] }, hash], 30],
    ] as const) {
      const evidence = new Evidence()
      await world.call(method, params, { ask: { signal: new AbortController().signal, evidence } })
      expect([method, evidence.level, evidence.block?.number]).toEqual([method, 'proven', number])
    }
  })

  test('the block is the same for the whole call, whatever head there is meanwhile', async () => {
    const asked = new Set<number>()
    const head = chain.chain.head.number
    let moved = () => undefined as void
    const moving = await viewAt(
      proofsOnly(chain.chain, ({ at }) => {
        asked.add(at.number)
        moved()
      }),
    )
    await moving.follow(chain.block(head - 1))
    asked.clear()
    moved = () => {
      moved = () => undefined
      void moving.follow(chain.block(head))
    }
    const result = await moving.call('eth_call', [{ to: CONTRACT }, 'latest'])
    expect(result).toEqual(await world.call('eth_call', [{ to: CONTRACT }, `0x${(head - 1).toString(16)}`]))
    expect([...asked]).toEqual([head - 1])
    moving.close()
  })

  test('hashes of ancestors are read in calls, simulations and traces', async () => {
    const expected = hex(chain.block(40).hash.map((byte, at) => byte ^ chain.block(41).hash[at]!))
    const overrides = { [PROGRAM]: { code: HASHES } }
    expect(await world.call('eth_call', [{ to: PROGRAM }, 'latest', overrides])).toBe(expected)
    const trace = await world.call('debug_traceCall', [{ to: PROGRAM }, 'latest', { stateOverrides: overrides }])
    expect((trace as JsonObject)['returnValue']).toBe(expected)
  })

  test('the block that a simulation begins on is the ancestor of its first', async () => {
    const simulated = [{ stateOverrides: { [PROGRAM]: { code: LAST_HASH } }, calls: [{ to: PROGRAM }] }]
    const [first] = (await world.call('eth_simulateV1', [{ blockStateCalls: simulated }])) as JsonObject[]
    expect(first!['calls']).toMatchObject([{ returnData: hex(chain.chain.head.hash) }])
  })

  test('overrides of the block are seen by traces and calls', async () => {
    // NUMBER, TIMESTAMP, ADD.
    const overrides = { [PROGRAM]: { code: '0x43420160005260206000f3' } }
    const block = { number: '0x64', time: '0xffffffff' }
    const config = { tracer: 'callTracer', stateOverrides: overrides, blockOverrides: block }
    const output = `0x${(0x64n + 0xffffffffn).toString(16).padStart(64, '0')}`
    expect(await world.call('eth_call', [{ to: PROGRAM }, 'latest', overrides, block])).toBe(output)
    expect(await world.call('debug_traceCall', [{ to: PROGRAM }, 'latest', config])).toMatchObject({ output })
  })

  test('roots are right where slots are emptied, on a node that no read brings', async () => {
    const whole = await viewAt(serverOf(chain.chain))
    const asked = new Set<string>()
    const fresh = await viewAt(proofsOnly(chain.chain, ({ at }) => asked.add(hex(at.hash))))
    const answer = plain(await fresh.call('eth_simulateV1', [EMPTIED])) as JsonObject[]
    expect(answer).toEqual(plain(await whole.call('eth_simulateV1', [EMPTIED])))
    expect(answer[0]!['stateRoot']).not.toEqual(answer[1]!['stateRoot'])
    // There is no block after it that could show what is left.
    expect([...asked]).toEqual([hex(chain.chain.head.hash)])
    for (const view of [whole, fresh]) view.close()
  })

  test('where nobody gives that node there is no root, and no answer', async () => {
    const slots = new Set([1, 2].map((slot) => `0x${slot.toString(16).padStart(64, '0')}`))
    const narrow = await viewAt(
      proofsOnly(chain.chain, ({ keys }) => {
        const isOther = keys.some(
          (key) => hex(key.address) === STORE && key.slots.some((slot) => !slots.has(hex(slot))),
        )
        if (isOther) throw new RequestError({ code: 'absent' }, 'this server has no proofs of other slots')
      }),
    )
    const failed = await narrow.call('eth_simulateV1', [EMPTIED]).catch((error: unknown) => error)
    expect(asRpcError(failed, () => undefined)).toMatchObject({ code: -32002 })
    expect(String(failed)).toContain('cannot be had')
    narrow.close()
  })

  test('what only a guess asks for may be missing, what the call reads may not', async () => {
    const narrow = await viewAt(
      proofsOnly(chain.chain, ({ keys }) => {
        if (keys.some((key) => hex(key.address) === RICH))
          throw new RequestError({ code: 'absent' }, 'this server has no proof of that account')
      }),
    )
    const run = (code: string) => narrow.call('eth_call', [{ to: STORE }, 'latest', { [STORE]: { code } }])
    // Slot 1, which is not empty, or else the balance of the account; then 42.
    expect(await run(`0x600154601d5773${RICH.slice(2)}31505b602a60005260206000f3`)).toBe(`0x${'2a'.padStart(64, '0')}`)
    const failed = await run(`0x73${RICH.slice(2)}3160005260206000f3`).catch((error: unknown) => error)
    expect(asRpcError(failed, () => undefined)).toMatchObject({ code: -32002 })
    narrow.close()
  })

  test('what a tracer has no use for changes nothing', async () => {
    const traced = (config: JsonObject) => world.call('debug_traceBlockByNumber', ['0x5', config])
    expect(await traced({ debug: true, reexec: 128 })).toStrictEqual(await traced({}))
  })

  test('several at once come to the same', async () => {
    const params: Json = [{ to: CONTRACT }, 'latest', { tracer: 'callTracer' }]
    const expected = await world.call('debug_traceCall', params)
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.call('debug_traceCall', params)))
    for (const answer of answers) expect(answer).toEqual(expected)
  })

  test('a transaction that is filled in is one, and its bytes say the same', async () => {
    const filled = (await world.call('eth_fillTransaction', [{ from: RICH, to: PROGRAM, value: '0x5' }])) as JsonObject
    const tx = filled['tx'] as Record<string, string>
    expect(tx).toMatchObject({ type: '0x2', value: '0x5', to: PROGRAM, gas: '0x5208', input: '0x', accessList: [] })
    const nonce = await world.call('eth_getTransactionCount', [RICH, 'latest'])
    expect([tx['nonce'], tx['chainId']]).toEqual([nonce, await world.call('eth_chainId')])
    const bytes = hexToBytes(filled['raw'] as `0x${string}`)
    const fields = RLP.decode(bytes.subarray(1)) as Uint8Array[]
    const names = ['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value'] as const
    for (const [place, name] of names.entries())
      expect([name, bytesToWord(fields[place]!)]).toEqual([name, BigInt(tx[name]!)])
    expect([bytes[0], fields.length]).toEqual([2, 12])
    const legacy = await world.call('eth_fillTransaction', [{ from: RICH, to: PROGRAM, gasPrice: '0xffffffffff' }])
    expect(legacy).toMatchObject({ tx: { type: '0x0', gasPrice: '0xffffffffff' } })
  })

  test.each<[method: string, params: Json, name: string]>([
    ['eth_simulateV1', [{ blockStateCalls: [{ calls: [{ to: 5 }] }] }], 'argument 0.blockStateCalls[0].calls[0].to'],
    ['eth_simulateV1', [{ blockStateCalls: 7 }], 'argument 0.blockStateCalls'],
    ['eth_fillTransaction', [{ nonce: 'one' }], 'argument 0.nonce'],
    ['debug_traceCall', [{}, 'latest', { tracer: 'noopTracer' }], 'argument 2.tracer'],
    ['debug_traceCall', [{}, 'latest', { stateOverrides: { [PROGRAM]: { code: 1 } } }], 'stateOverrides'],
    ['debug_traceCall', [{}, 'latest', { txIndex: 1 }], 'argument 2.txIndex'],
    ['debug_traceCall', [{}, 'latest', { txIndex: `0x1${'0'.repeat(16)}` }], 'argument 2.txIndex'],
    ['debug_traceBlockByNumber', ['0x1', { timeout: 'soon' }], 'argument 1.timeout'],
    ['debug_traceBlockByNumber', ['0x1', { overrides: { londonBlock: 0 } }], 'argument 1.overrides'],
    ['debug_traceBlockByNumber', ['0x1', { reexec: 'far' }], 'argument 1.reexec'],
    ['debug_traceBlockByNumber', ['0x1', { debug: 1 }], 'argument 1.debug'],
    ['debug_traceBlockByNumber', ['0x1', EMPTY_DIFFERENCE], 'argument 1.tracerConfig'],
    ['debug_traceBlockByHash', ['0x12'], 'argument 0'],
    ['debug_traceTransaction', [`0x${'11'.repeat(32)}`, { limit: -1 }], 'argument 1.limit'],
  ])('%s names what is wrong with its parameters: %j', async (method, params, name) => {
    const { code, message } = await failure(method, params)
    expect(code).toBe(-32602)
    expect(message).toContain(name)
  })

  test('what is not there is said to be so', async () => {
    expect(await failure('debug_traceBlockByNumber', ['0x0'])).toMatchObject({ message: 'genesis is not traceable' })
    expect(await failure('debug_traceBlockByNumber', ['0xffff'])).toMatchObject({ code: -32001 })
    expect(await failure('debug_traceTransaction', [`0x${'11'.repeat(32)}`])).toMatchObject({
      message: 'transaction not found',
    })
  })
})
