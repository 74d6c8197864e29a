import { bytesToHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asRoot } from './bytes.ts'
import { commonAt } from './execution-common.ts'
import { genesisHashOf } from './execution-genesis.ts'
import { networkByName } from './network.ts'

/** Fork hashes that the networks' nodes announce at Osaka (EIP-2124): they are of the genesis hash and the forks since. */
test.each([
  ['mainnet', '0x5167e2a6'],
  ['sepolia', '0xe2ae4999'],
  ['hoodi', '0xe7e0e7ff'],
])('%s', (name, osaka) => {
  const network = networkByName(name)
  expect(commonAt(network, { number: 0, timestamp: 0 }).forkHash('osaka', genesisHashOf(network))).toBe(osaka)
})

test('a network that only calls itself like one has none that is known', () => {
  const network = networkByName('mainnet')
  expect(genesisHashOf({ ...network, genesisValidatorsRoot: asRoot(new Uint8Array(32)) })).toBeUndefined()
  expect(genesisHashOf({ ...network, chainId: 1337 })).toBeUndefined()
  expect(genesisHashOf({ ...network, name: 'constructor' })).toBeUndefined()
  expect(bytesToHex(genesisHashOf(network)!)).toMatch(/^0xd4e5/)
})
