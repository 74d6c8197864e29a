/** What blocks share must not keep them. */
import { createEVM } from '@ethereumjs/evm'
import { expect, test } from 'vitest'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { loadKzg } from '../../../src/execution/crypto/kzg.ts'
import { testNetwork, timeOfSlot } from './execution-chain.fixtures.ts'
import { ForkRules } from './fork-rules.ts'

const { customCrypto } = await loadWasmCrypto()
const network = testNetwork({ osaka: 0, bpo1: 8 })

test('rules hold nothing of the blocks that are made by them', async () => {
  const rules = new ForkRules(network, { ...customCrypto, kzg: await loadKzg() })
  const common = rules.at({ number: 1, timestamp: timeOfSlot(1) })
  for (let block = 0; block < 3; block++) await createEVM({ common })
  expect(common.events.listenerCount('hardforkChanged')).toBe(0)
})

test('one fork has one set of rules, which nobody can change', async () => {
  const rules = new ForkRules(network, { ...customCrypto, kzg: await loadKzg() })
  const osaka = rules.at({ number: 1, timestamp: timeOfSlot(1) })
  expect(rules.at({ number: 7, timestamp: timeOfSlot(7) })).toBe(osaka)
  expect(osaka.copy()).toBe(osaka)
  const bpo1 = rules.at({ number: 8, timestamp: timeOfSlot(8) })
  expect([osaka.hardfork(), bpo1.hardfork()]).toEqual(['osaka', 'bpo1'])
  expect(() => osaka.setHardfork('prague')).toThrow('the rules of osaka are shared')
})
