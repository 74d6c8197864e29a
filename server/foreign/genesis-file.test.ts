/** Genesis files in the forms that tools write them, and the headers that the forks at genesis make of them. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../src/chain/keccak.ts'
import { executionConfigOnly } from '../../src/chain/network.ts'
import { buildState } from '../execution/build-state.ts'
import { genesisBlock, readGenesisFile } from './genesis-file.ts'

const AT_GENESIS = { homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0 }
const MERGED = {
  ...AT_GENESIS,
  ...{ constantinopleBlock: 0, petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0, londonBlock: 0 },
  ...{ terminalTotalDifficulty: 0, terminalTotalDifficultyPassed: true },
}

async function block(config: object, fields: object = {}) {
  const keccak = await loadKeccak()
  const file = readGenesisFile({ config: { chainId: 7, ...config }, alloc: {}, ...fields })
  const { root } = buildState(file.accounts, keccak)
  return genesisBlock(file, executionConfigOnly(file.config), root, keccak)
}

const fieldsOf = (header: Uint8Array) => RLP.decode(header) as Uint8Array[]

test.each([
  ['Byzantium', AT_GENESIS, 15],
  ['London', MERGED, 16],
  ['Shanghai', { ...MERGED, shanghaiTime: 0 }, 17],
  ['Cancun', { ...MERGED, shanghaiTime: 0, cancunTime: 0 }, 20],
  ['Prague', { ...MERGED, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 }, 21],
  ['Osaka', { ...MERGED, shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0 }, 21],
])('a genesis of %s has the fields of its fork', async (_, config, count) => {
  expect(fieldsOf((await block(config)).header)).toHaveLength(count)
})

test("a proof-of-work genesis has the file's fields in their places", async () => {
  const { header } = await block(
    { ...AT_GENESIS, ethash: {} },
    { nonce: '0x42', gasLimit: '5000', difficulty: 17179869184, extraData: '0x1234' },
  )
  const fields = fieldsOf(header).map((field) => bytesToHex(field))
  expect(fields.slice(7, 15)).toEqual([
    '0x0400000000',
    '0x',
    '0x1388',
    '0x',
    '0x',
    '0x1234',
    `0x${'00'.repeat(32)}`,
    '0x0000000000000042',
  ])
})

test('accounts: keys with and without 0x, numbers of all forms, short storage words, zeros that are none', () => {
  const address = '11'.repeat(20)
  const { accounts } = readGenesisFile({
    config: {},
    alloc: {
      [address]: { balance: '1000', nonce: 2, code: '0x6000', storage: { '0x01': '0x05', '0x02': '0x00' } },
      [`0x${'22'.repeat(20)}`]: { balance: '0x10' },
    },
  })
  expect(accounts).toEqual([
    {
      address: new Uint8Array(20).fill(0x11),
      ...{ nonce: 2n, balance: 1000n, code: Uint8Array.of(0x60, 0) },
      storage: [[new Uint8Array(32).fill(1, 31), Uint8Array.of(5)]],
    },
    { address: new Uint8Array(20).fill(0x22), nonce: 0n, balance: 16n },
  ])
})

test.each([
  ['no config', { alloc: {} }, 'genesis.config: expected an object'],
  ['a short address', { config: {}, alloc: { abcd: {} } }, 'genesis.alloc: key: expected 20 bytes as 0x-hex'],
  [
    'a balance of words',
    { config: {}, alloc: { ['11'.repeat(20)]: { balance: 'all' } } },
    'balance: expected a number',
  ],
  ['code without 0x', { config: {}, alloc: { ['11'.repeat(20)]: { code: '60' } } }, 'code: expected bytes as 0x-hex'],
  [
    'a slot too long',
    { config: {}, alloc: { ['11'.repeat(20)]: { storage: { [`0x${'00'.repeat(33)}`]: '0x01' } } } },
    'at most 32 bytes',
  ],
  ['a list for accounts', { config: {}, alloc: [] }, 'genesis.alloc: expected an object'],
  ['a short parent hash', { config: {}, alloc: {}, parentHash: '0x00' }, 'genesis.parentHash: expected 32 bytes'],
])('%s is refused by name', (_, file, problem) => {
  expect(() => readGenesisFile(file)).toThrow(problem)
})
