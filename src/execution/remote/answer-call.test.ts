/** Calls in an EVM worker come to what they come to where the state is at hand, and end where they take too much. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { describeWithData } from '../../testing/data.ts'
import { decodeRawHeader } from '../block/raw-block.ts'
import { createAccessList } from '../call/create-access-list.ts'
import { estimateGas } from '../call/estimate-gas.ts'
import { ethCall } from '../call/eth-call.ts'
import { fillTransaction } from '../call/fill-transaction.ts'
import { JsonInput } from '../call/json/json-input.ts'
import { callsOf, openTestChain, type TestChain } from '../call/recorded-calls.fixtures.ts'
import { readSimulation } from '../call/simulate/simulate-json.ts'
import { traceCall } from '../call/tracers/trace-call.ts'
import { readTraceConfig, type TraceConfig } from '../call/tracers/trace-config.ts'
import { address, code, op, push } from '../execution.fixtures.ts'
import { askWorker, homeAt } from './answer-call.fixtures.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import type { CallHome, CallWork } from './call-messages.ts'
import type { SpeculativeEvmService } from './evm-messages.ts'
import { createEvmService } from './evm-service.ts'

const PROGRAM = 0x9406a3n
const TO = asAddress(address(PROGRAM))
const RICH = asAddress(hexToBytes('0x0c2c51a0990aee1d73c1228de158688341557508'))
const CONTRACT = asAddress(hexToBytes('0x7dcd17433742f4c0ca53122ab541d0ba67fc27df'))
/** JUMPDEST, PUSH 0, JUMP. */
const LOOP = code([0x5b], push(0n), [0x56])
/** Gives the hashes of two ancestors, XORed. */
const HASHES = code(op(0x40, 40n), op(0x40, 41n), [0x18], push(0n), [0x52], op(0xf3, 0n, 32n))

const limits = { limitMs: 60_000 }
const tracing = (config: object): TraceConfig => readTraceConfig(new JsonInput(config, 'config'))
const running = (program: Uint8Array) => ({ call: { to: TO }, stateOverrides: new Map([[PROGRAM, { code: program }]]) })

describeWithData('calls in an EVM worker', (data) => {
  let chain: TestChain
  let evm: SpeculativeEvmService
  let head: number
  beforeAll(async () => {
    chain = await openTestChain(data)
    evm = await createEvmService()
    head = chain.chain.head.number
  })

  const ask = (work: CallWork, options?: Parameters<typeof askWorker>[4]) => askWorker(evm, chain, head, work, options)

  test('each kind of work comes to the same', async () => {
    const context = chain.context(head)
    const request = { call: { to: CONTRACT } }
    const call = { from: RICH, to: TO, value: 1n }
    const config = tracing({ tracer: 'prestateTracer' })
    expect(await ask({ method: 'call', request })).toMatchObject({ output: await ethCall(request, context) })
    expect(await ask({ method: 'estimateGas', request })).toMatchObject({ gas: await estimateGas(request, context) })
    expect(await ask({ method: 'createAccessList', request })).toMatchObject({
      list: await createAccessList(request, context),
    })
    expect(await ask({ method: 'fillTransaction', call, advice: { tip: 1n, nonce: 0n } })).toMatchObject({
      transaction: await fillTransaction(call, { tip: 1n, nonce: 0n }, context),
    })
    expect(await ask({ method: 'traceCall', request, config, ...limits })).toMatchObject({
      json: await traceCall(request, config, context),
    })
  })

  test('what it is given from the start it does not ask for', async () => {
    const work: CallWork = { method: 'call', request: { call: { from: RICH, to: CONTRACT } } }
    const home = homeAt(chain, head)
    const given: LearnedValue[] = []
    const noting: CallHome = {
      ...home,
      values: async (missing, needed) => {
        const learned = await home.values(missing, needed)
        given.push(...learned)
        return learned
      },
    }
    const first = await ask(work, { home: noting })
    expect(first.trips.length).toBeGreaterThan(0)
    expect(await ask(work, { known: given })).toEqual({ ...first, trips: [] })
  })

  test('hashes of ancestors are asked for where they are', async () => {
    const expected = chain.block(40).hash.map((byte, at) => byte ^ chain.block(41).hash[at]!)
    const answer = await ask({ method: 'call', request: running(HASHES) })
    expect(answer.kind === 'output' && bytesToHex(answer.output)).toBe(bytesToHex(expected))
  })

  test.each(callsOf(data, 'eth_simulateV1').filter(({ response }) => response.error?.message !== 'header not found'))(
    '$name',
    async ({ params, response }) => {
      const number = params[1] === 'latest' ? head : Number(params[1])
      let request
      try {
        request = readSimulation(new JsonInput(params[0], 'params[0]'))
      } catch (error) {
        return expect(error).toMatchObject(response.error!)
      }
      const answer = await askWorker(evm, chain, number, { method: 'simulate', request })
      if (answer.kind === 'failed') {
        const { code: number, message, data: detail } = answer
        return expect({ code: number, message, ...(detail !== undefined && { data: detail }) }).toEqual(response.error)
      }
      expect(answer.trips.length).toBeLessThanOrEqual(4)
      return expect(answer.kind === 'json' && JSON.parse(JSON.stringify(answer.json))).toEqual(response.result)
    },
  )

  test.each(callsOf(data, 'debug_traceTransaction'))('$name', async ({ params, response }) => {
    const place = chain.chain.locateTransaction(hashOf(params[0]))!
    const { number } = chain.chain.blockByHash(place.blockHash)!
    expect(await trace(number, place.index, params[1])).toEqual(response.result)
  })

  test('blocks come to the recorded traces, in a few trips', async () => {
    const calls = callsOf(data, 'debug_traceBlockByHash')
    expect(calls.length).toBeGreaterThan(0)
    for (const { params, response } of calls) {
      const { number } = chain.chain.blockByHash(hashOf(params[0]))!
      expect(await trace(number, 'all', params[1])).toEqual(response.result)
    }
  })

  test('gas is capped, named or not', async () => {
    // GAS at the start: what is left of the cap once the call itself is paid for.
    const gas = code([0x5a], push(0n), [0x52], op(0xf3, 0n, 32n))
    const withGas = async (call: object): Promise<number> => {
      const request = { ...running(gas), call: { to: TO, ...call } }
      const answer = await ask({ method: 'call', request }, { gasCap: 1_000_000n })
      return answer.kind === 'output' ? Number(bytesToHex(answer.output)) : -1
    }
    expect(await withGas({})).toBe(1_000_000 - 21_000 - 2)
    expect(await withGas({ gas: 900_000_000n })).toBe(1_000_000 - 21_000 - 2)
    expect(await withGas({ gas: 50_000n })).toBe(50_000 - 21_000 - 2)
    const looping = await ask({ method: 'call', request: running(LOOP) }, { gasCap: 1_000_000n })
    expect(looping).toMatchObject({ kind: 'failed', code: -32000, message: 'out of gas' })
  })

  test('time is bounded, whatever the call computes', async () => {
    const config = tracing({ tracer: 'callTracer' })
    const request = running(LOOP)
    const answer = await ask({ method: 'traceCall', request, config, limitMs: 20 }, { gasCap: 10n ** 12n })
    expect(answer).toMatchObject({ kind: 'failed', code: -32005 })
    expect(answer.kind === 'failed' && answer.message).toContain('execution timeout')
  })

  test('what is fetched is bounded: by its number, and by its coming at all', async () => {
    // Reads as many slots as its gas lasts for: each turn the slot named by the gas that is left.
    const reading = code([0x5b, 0x5a, 0x54, 0x50], push(0n), [0x56])
    const request = { ...running(reading), call: { to: CONTRACT }, stateOverrides: undefined }
    const stateOverrides = new Map([[BigInt(bytesToHex(CONTRACT)), { code: reading }]])
    const most = await ask({ method: 'call', request: { ...request, stateOverrides } })
    expect(most).toMatchObject({ kind: 'failed', code: -32005 })
    const home = { ...homeAt(chain, head), values: async () => [] }
    const none = await ask({ method: 'call', request: { call: { to: CONTRACT } } }, { home })
    expect(none).toMatchObject({ kind: 'failed', code: -32005 })
    expect(none.kind === 'failed' && none.message).toContain('did not come')
  })

  test('a trace that is too large names the bound', async () => {
    const config = tracing({ enableMemory: true })
    const growing = code(op(0x52, 100_000n, 1n), [0x5b], push(BigInt(op(0x52, 100_000n, 1n).length)), [0x56])
    const answer = await ask({ method: 'traceCall', request: running(growing), config, ...limits })
    expect(answer).toMatchObject({ kind: 'failed', code: -32005 })
    expect(answer.kind === 'failed' && answer.message).toContain('67108864 bytes')
  })

  test('several at once do not get in each other’s way', async () => {
    const request = { call: { to: CONTRACT } }
    const expected = await ethCall(request, chain.context(head))
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask({ method: 'call', request })))
    for (const answer of answers) expect(answer).toMatchObject({ output: expected })
  })

  test('a call within a block has what it reads in a few trips', async () => {
    const { header, rlp: block } = chain.block(head)
    const slots = Array.from({ length: 32 }, (_, slot) => [...push(BigInt(slot)), 0x54])
    const stateOverrides = new Map([[BigInt(bytesToHex(CONTRACT)), { code: code(...slots) }]])
    const work: CallWork = {
      ...{ method: 'traceCallWithin', block, after: 0, request: { call: { to: CONTRACT }, stateOverrides } },
      ...{ config: tracing({}), ...limits },
      position: decodeRawHeader(header, chain.context(head).crypto.keccak),
    }
    const answer = await askWorker(evm, chain, head - 1, work)
    expect(answer).toMatchObject({ kind: 'json', json: { failed: false } })
    expect(answer.trips.length).toBeLessThanOrEqual(8)
  })

  async function trace(number: number, transaction: number | 'all', config: unknown) {
    const { header, rlp: block } = chain.block(number)
    const work: CallWork = {
      ...{ method: 'traceBlock', block, transaction, config: tracing(config ?? {}), ...limits },
      position: decodeRawHeader(header, chain.context(number).crypto.keccak),
    }
    const answer = await askWorker(evm, chain, number - 1, work)
    expect(answer.trips.length).toBeLessThanOrEqual(8)
    return answer.kind === 'json' ? (JSON.parse(JSON.stringify(answer.json)) as object) : answer
  }
})

const hashOf = (text: unknown) => Uint8Array.from(Buffer.from(String(text).slice(2), 'hex')) as never
