/** `debug_traceCall` between two transactions of a block: what a transaction of the chain did there, a call does. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import { describeWithData } from '../testing/data.ts'
import { importedView, type ViewWorld } from './imported-view.fixtures.ts'
import { asRpcError } from './rpc-failure.ts'

/** NUMBER, then BLOCKHASH of the block before. */
const WHERE = '0x435f52600143034060205260405ff3'
const NOBODY = `0x${'00'.repeat(18)}beef`

interface Block {
  readonly number: string
  readonly hash: string
  readonly parentHash: string
  readonly transactions: readonly JsonObject[]
}

describeWithData('calls traced between transactions', (data) => {
  let world: ViewWorld
  let blocks: readonly Block[]
  beforeAll(async () => {
    world = await importedView(data)
    const head = Number(await world.call('eth_blockNumber'))
    const numbers = Array.from({ length: head }, (_, at) => at + 1)
    blocks = await Promise.all(numbers.map((number) => block(number)))
  })
  afterAll(() => world.close())

  const hex = (number: number): string => `0x${number.toString(16)}`
  const block = async (number: number) =>
    (await world.call('eth_getBlockByNumber', [hex(number), true])) as unknown as Block

  async function failure(params: Json): Promise<{ readonly code: number; readonly message: string }> {
    const error: unknown = await world.call('debug_traceCall', params).then(
      (result) => new Error(`it answers ${JSON.stringify(result).slice(0, 200)}`),
      (thrown: unknown) => thrown,
    )
    return asRpcError(error, () => undefined)
  }

  test.each([
    { tracer: 'callTracer', tracerConfig: { withLog: true } },
    { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
    {},
  ])('a call with what a transaction has comes to what that came to, traced with %j', async (config) => {
    const several = blocks.filter(({ transactions }) => transactions.length > 1)
    expect(several.length).toBeGreaterThan(0)
    for (const { hash, transactions } of several) {
      const [transaction] = transactions.slice(-1) as [JsonObject]
      const index = transactions.length - 1
      const expected = await world.call('debug_traceTransaction', [transaction['hash']!, config])
      const params = [asCall(transaction), hash, { ...config, txIndex: hex(index) }]
      expect(await world.call('debug_traceCall', params), `${hash} ${index}`).toEqual(expected)
    }
  })

  test('it sees the block that it is in, and what is overridden', async () => {
    const { number, hash, parentHash } = blocks.at(-1)!
    const stateOverrides = { [NOBODY]: { code: WHERE } }
    const traced = (config: JsonObject) =>
      world.call('debug_traceCall', [{ to: NOBODY }, hash, { tracer: 'callTracer', txIndex: '0x0', ...config }])
    const output = (number: string) => `0x${number.slice(2).padStart(64, '0')}${parentHash.slice(2)}`
    expect(await traced({ stateOverrides })).toMatchObject({ output: output(number) })
  })

  test('where there is no such transaction, geth’s words say so', async () => {
    const [{ number, hash, transactions }] = blocks as [Block]
    for (const [index, said] of [
      [hex(transactions.length), String(transactions.length)],
      ['0xffffffffffffffff', '18446744073709551615'],
    ])
      expect(await failure([{}, number, { txIndex: index! }])).toMatchObject({
        code: -32000,
        message: `transaction index ${said} out of range for block ${hash}`,
      })
    expect(await failure([{}, '0x0', { txIndex: '0x0' }])).toMatchObject({ message: 'no transaction in genesis' })
  })
})

/** The message of a transaction: who signed it says the rest. */
function asCall({ type, gasPrice, maxFeePerGas, maxPriorityFeePerGas, ...fields }: JsonObject): JsonObject {
  const fees = Number(type) < 2 ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas }
  const { from, to, gas, value, input, accessList, maxFeePerBlobGas, blobVersionedHashes, authorizationList } = fields
  const all = { from, to, gas, value, input, accessList, maxFeePerBlobGas, blobVersionedHashes, authorizationList }
  return Object.fromEntries(
    Object.entries({ ...all, ...fees }).filter(([, value]) => value !== undefined),
  ) as JsonObject
}
