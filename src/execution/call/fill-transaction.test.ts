/** Transactions that are filled in are ones that their block would take. */
import { hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { describeWithData } from '../../testing/data.ts'
import type { CallContext } from './call-block.ts'
import { CallError } from './call-error.ts'
import { fillTransaction } from './fill-transaction.ts'
import { openTestChain } from './recorded-calls.fixtures.ts'

const FROM = asAddress(hexToBytes('0x0c2c51a0990aee1d73c1228de158688341557508'))
const TO = asAddress(hexToBytes('0x0100000000000000000000000000000000000000'))
const ADVICE = { tip: 1_000n, nonce: 12n }

describeWithData('filling in transactions', (data) => {
  let context: CallContext
  let early: CallContext
  beforeAll(async () => {
    const chain = await openTestChain(data)
    context = chain.context(chain.chain.head.number)
    early = chain.context(20)
  })

  test('a transfer gets its nonce, gas, fees, chain and type', async () => {
    const filled = await fillTransaction({ from: FROM, to: TO, value: 1n }, ADVICE, context)
    expect(filled).toMatchObject({ type: 2, gas: 21_000n, value: 1n, maxPriorityFeePerGas: 1_000n })
    expect(filled.maxFeePerGas).toBeGreaterThan(1_000n)
    expect(filled.chainId).toBe(BigInt(context.network.chainId))
    expect(filled.nonce).toBe(12n)
  })

  test('what is named stays as it is', async () => {
    const named = { from: FROM, to: TO, nonce: 7n, gas: 50_000n, gasPrice: 123n }
    expect(await fillTransaction(named, ADVICE, context)).toMatchObject({ ...named, type: 0 })
    expect(await fillTransaction({ ...named, accessList: [] }, ADVICE, context)).toMatchObject({ type: 1 })
    expect(await fillTransaction({ from: FROM, to: TO }, ADVICE, early)).toMatchObject({ type: 0, gasPrice: 1_000n })
  })

  test.each([
    [{ gasPrice: 1n, maxFeePerGas: 2n }, 'both gasPrice'],
    [{ gasPrice: 0n }, 'must be non-zero'],
    [{ maxFeePerGas: 1n, maxPriorityFeePerGas: 2n }, 'maxFeePerGas (1) < maxPriorityFeePerGas (2)'],
    [{ chainId: 1n }, 'chainId does not match'],
    [{ to: undefined }, 'contract creation without any data'],
    [{ input: Uint8Array.of(1), data: Uint8Array.of(2) }, 'both "data" and "input"'],
  ])('%o is refused', async (fields, message) => {
    const filling = fillTransaction({ from: FROM, to: TO, ...fields }, ADVICE, context)
    await expect(filling).rejects.toThrow(CallError)
    await expect(filling).rejects.toThrow(message)
  })
})
