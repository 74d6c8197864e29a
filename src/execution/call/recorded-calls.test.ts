/** `eth_call`, `eth_estimateGas` and `eth_createAccessList` as recorded, on the chain they were recorded on. */
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { describeWithData } from '../../testing/data.ts'
import { CallError } from './call-error.ts'
import { createAccessList } from './create-access-list.ts'
import { estimateGas } from './estimate-gas.ts'
import { ethCall } from './eth-call.ts'
import { JsonInput } from './json/json-input.ts'
import { readCall } from './json/read-call.ts'
import type { CallRequest } from './open-calls.ts'
import type { RecordedAnswer } from '../../cli/conformance/io-file.ts'
import { callsOf, openTestChain, type TestChain } from './recorded-calls.fixtures.ts'

describeWithData('recorded calls', (data) => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await openTestChain(data)
  })

  const request = (params: readonly unknown[]): CallRequest => ({
    call: readCall(new JsonInput(params[0], 'params[0]')),
  })
  const latest = () => chain.context(chain.chain.head.number)

  async function answer(run: () => Promise<unknown>): Promise<object> {
    try {
      return { result: await run() }
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      const { code, message, data } = error
      return { error: { code, message, ...(data !== undefined && { data }) } }
    }
  }

  const recorded = ({ result, error }: RecordedAnswer): object => (error === undefined ? { result } : { error })

  test.each(callsOf(data, 'eth_call'))('$name', async ({ params, response }) => {
    const result = await answer(async () => bytesToHex(await ethCall(request(params), latest())))
    expect(result).toEqual(recorded(response))
  })

  test.each(callsOf(data, 'eth_estimateGas'))('$name', async ({ params, response }) => {
    const result = await answer(async () => `0x${(await estimateGas(request(params), latest())).toString(16)}`)
    expect(result).toEqual(recorded(response))
  })

  test.each(callsOf(data, 'eth_createAccessList'))('$name', async ({ params, response }) => {
    const result = await answer(async () => {
      const { accessList, gasUsed, error } = await createAccessList(request(params), latest())
      return {
        accessList: accessList.map(({ address, slots }) => ({
          address: bytesToHex(address),
          storageKeys: slots.map((slot) => bytesToHex(slot)),
        })),
        gasUsed: `0x${gasUsed.toString(16)}`,
        ...(error !== undefined && { error }),
      }
    })
    expect(result).toEqual(recorded(response))
  })
})
