import { expect, test } from 'vitest'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { madeUpChain } from './made-up-chain.fixtures.ts'

const crypto = await loadWasmCrypto()

test('a block is traced once, however many ask and whenever', async () => {
  const { execution, grow } = madeUpChain([], crypto)
  const block = grow([])
  execution.setHead({ head: block.hash })
  const ask = () => execution.prestates(block.hash)
  const [one, other] = await Promise.all([ask(), ask()])
  expect(one).toEqual([])
  expect(other).toBe(one)
  expect(await ask()).toBe(one)
})
