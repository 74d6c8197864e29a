import { beforeAll, expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { loadWasmCrypto, type WasmCrypto } from '../crypto/wasm-crypto.ts'
import { describeWithData } from '../../testing/data.ts'
import { openTestChain, type TestChain } from './recorded-calls.fixtures.ts'
import { openedHeader } from './header-memory.ts'

describeWithData('headers that calls are made at', (data) => {
  let chain: TestChain
  let crypto: WasmCrypto
  beforeAll(async () => {
    crypto = await loadWasmCrypto()
    chain = await openTestChain(data)
  })

  test('one is opened once, in whichever message it comes', () => {
    const { network, header } = chain.context(30)
    const first = openedHeader({ network, header, crypto })
    expect(openedHeader({ network: structuredClone(network), header: header.slice(), crypto })).toBe(first)
    expect(first.values.number).toBe(30n)
  })

  test('the same header on a network of other rules is another', () => {
    const { network, header } = chain.context(45)
    const first = openedHeader({ network, header, crypto })
    const execution = { ...network.execution, depositContract: asAddress(new Uint8Array(20).fill(7)) }
    const other = openedHeader({ network: { ...network, execution }, header, crypto })
    expect(other).not.toBe(first)
    expect(openedHeader({ network, header, crypto })).toBe(first)
  })

  test('a bounded number is kept, and what was let go of is opened again as it was', () => {
    const { network, header } = chain.context(1)
    const first = openedHeader({ network, header, crypto })
    for (let number = 2; number < 12; number++) openedHeader({ ...chain.context(number), crypto })
    const again = openedHeader({ network, header, crypto })
    expect(again).not.toBe(first)
    expect(again.values).toEqual(first.values)
  })
})
