/** `debug_trace…` as recorded, on the chain they were recorded on. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asHash } from '../../../chain/bytes.ts'
import { describeWithData } from '../../../testing/data.ts'
import { decodeRawHeader } from '../../block/raw-block.ts'
import { UNPACED } from '../../pace.ts'
import { CallError } from '../call-error.ts'
import { JsonInput } from '../json/json-input.ts'
import { callsOf, openTestChain, type TestChain } from '../recorded-calls.fixtures.ts'
import { blockTraceJson, traceBlock, traceTransaction, type TraceBlockInput } from './trace-block.ts'
import { readTraceConfig } from './trace-config.ts'

describeWithData('recorded traces', (data) => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await openTestChain(data)
  })

  const config = (value: unknown = {}) => readTraceConfig(new JsonInput(value, 'params[1]'))

  function input(number: number): TraceBlockInput {
    const { crypto, network } = chain.context(number)
    const block = chain.block(number)
    const parent = chain.block(Math.max(0, number - 1))
    return {
      job: {
        ...{ network, block: block.rlp, engine: 'tuned' },
        position: decodeRawHeader(block.header, crypto.keccak),
        ancestors: new Map(Array.from({ length: number }, (_, at) => [at, chain.block(at).hash])),
      },
      reader: chain.trie(parent.stateRoot),
      crypto,
      pace: UNPACED,
    }
  }

  const byNumber = callsOf(data, 'debug_traceBlockByNumber').filter(({ params }) => String(params[0]).startsWith('0x'))

  test.each(byNumber)('$name', async ({ params, response }) => {
    const tracing = traceBlock(input(Number(params[0])), config(params[1]))
    if (response.error === undefined) expect(blockTraceJson(await tracing)).toEqual(response.result)
    else {
      const { code, message } = response.error
      await expect(tracing).rejects.toMatchObject({ code, message })
      await expect(tracing).rejects.toThrow(CallError)
    }
  })

  test.each(callsOf(data, 'debug_traceBlockByHash'))('$name', async ({ params, response }) => {
    const { number } = chain.chain.blockByHash(asHash(hexToBytes(params[0] as PrefixedHexString)))!
    expect(blockTraceJson(await traceBlock(input(number), config(params[1])))).toEqual(response.result)
  })

  test.each(callsOf(data, 'debug_traceTransaction'))('$name', async ({ params, response }) => {
    const place = chain.chain.locateTransaction(asHash(hexToBytes(params[0] as PrefixedHexString)))!
    const { number } = chain.chain.blockByHash(place.blockHash)!
    const { result } = await traceTransaction(input(number), place.index, config(params[1]))
    expect(result).toEqual(response.result)
  })
})
