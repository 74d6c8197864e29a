/** Calls on state that comes in trips come to what they come to on state that is all there. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { describeWithData } from '../../testing/data.ts'
import type { StateTrie } from '../../state/state-trie.ts'
import { CodeCache } from '../remote/code-cache.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import { CallError } from './call-error.ts'
import type { CallContext } from './call-block.ts'
import { estimateGas } from './estimate-gas.ts'
import { ethCall } from './eth-call.ts'
import { Gatherer, GatheringError, type GatheringOptions } from './gathering.ts'
import { JsonInput } from './json/json-input.ts'
import { readCall } from './json/read-call.ts'
import { callsOf, openTestChain, type TestChain } from './recorded-calls.fixtures.ts'

describeWithData('gathering the state of calls', (data) => {
  let chain: TestChain
  let context: CallContext
  let trie: StateTrie
  beforeAll(async () => {
    chain = await openTestChain(data)
    context = chain.context(chain.chain.head.number)
    trie = chain.trie(chain.chain.head.stateRoot)
  })

  function learned(value: MissingValue): LearnedValue[] {
    const { address } = value
    const account = trie.account(address)
    const it: LearnedValue = { kind: 'account', address, value: account }
    if (value.kind === 'account') return [it]
    if (value.kind === 'storage') return [it, { ...value, value: trie.storage(address, value.slot) }]
    return account === undefined
      ? [it]
      : [it, { kind: 'code', codeHash: account.codeHash, bytes: trie.code(account.codeHash, address) }]
  }

  function gatherer(options: Partial<GatheringOptions> = {}): { gatherer: Gatherer; trips: MissingValue[][] } {
    const trips: MissingValue[][] = []
    return {
      trips,
      gatherer: new Gatherer({
        fetch: async (missing) => {
          trips.push([...missing])
          return missing.flatMap(learned)
        },
        keccak: context.crypto.keccak,
        codes: new CodeCache(),
        now: () => 0,
        ...options,
      }),
    }
  }

  const outcome = (run: Promise<unknown>) =>
    run.catch((error: unknown) => {
      if (!(error instanceof CallError)) throw error
      return { code: error.code, message: error.message, data: error.data }
    })

  test.each([...callsOf(data, 'eth_call'), ...callsOf(data, 'eth_estimateGas')])(
    '$name',
    async ({ params, request }) => {
      const call = readCall(new JsonInput(params[0], 'call'))
      const run = async (reader: CallContext['reader']): Promise<unknown> =>
        request.method === 'eth_call'
          ? bytesToHex(await ethCall({ call }, { ...context, reader }))
          : estimateGas({ call }, { ...context, reader })
      const expected = await outcome(run(trie))
      const { gatherer: own, trips } = gatherer()
      expect(await outcome(own.run(run).then(({ result }) => result))).toEqual(expected)
      expect(trips.length).toBeGreaterThan(0)
      expect(trips.length).toBeLessThanOrEqual(3)
      const again = await own.run(run).catch((error: unknown) => error)
      expect(again instanceof CallError || (again as { trips: number }).trips === 0).toBe(true)
    },
  )

  test('many slots that do not depend on each other come in one trip', async () => {
    // Fifty slots of one account, summed up: PUSH1 i, SLOAD, ADD.
    const account = asAddress(hexToBytes('0x7dcd17433742f4c0ca53122ab541d0ba67fc27df'))
    const reads = Array.from({ length: 50 }, (_, at) => [0x60, at, 0x54, 0x01]).flat()
    const code = Uint8Array.from([0x60, 0, ...reads, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3])
    const stateOverrides = new Map([[BigInt(bytesToHex(account)), { code }]])
    const run = (reader: CallContext['reader']) =>
      ethCall({ call: { to: account }, stateOverrides }, { ...context, reader })
    const { gatherer: own, trips } = gatherer()
    const { result, trips: count, keys } = await own.run(run)
    expect(result).toEqual(await run(trie))
    expect([count, trips.length]).toEqual([2, 2])
    expect(keys).toBeGreaterThanOrEqual(50)
  })

  test('what is not given, what takes too many trips and too many values end it', async () => {
    const call = { to: asAddress(hexToBytes('0x7dcd17433742f4c0ca53122ab541d0ba67fc27df')) }
    const run = (reader: CallContext['reader']) => ethCall({ call }, { ...context, reader })
    const nothing = gatherer({ fetch: async () => [] })
    await expect(nothing.gatherer.run(run)).rejects.toThrow(GatheringError)
    await expect(gatherer({ bounds: { trips: 0 } }).gatherer.run(run)).rejects.toThrow('0 trips')
    await expect(gatherer({ bounds: { keys: 1 } }).gatherer.run(run)).rejects.toThrow('1 values')
    let time = 0
    const slow = gatherer({ now: () => (time += 60_000) })
    await expect(slow.gatherer.run(run)).rejects.toThrow('has not come to an end')
  })

  test('what fetching throws is thrown', async () => {
    const call = { to: asAddress(hexToBytes('0x7dcd17433742f4c0ca53122ab541d0ba67fc27df')) }
    const failing = gatherer({ fetch: () => Promise.reject(new Error('nobody answers')) })
    const run = (reader: CallContext['reader']) => ethCall({ call }, { ...context, reader })
    await expect(failing.gatherer.run(run)).rejects.toThrow('nobody answers')
  })
})
