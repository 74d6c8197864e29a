import { RLP } from '@ethereumjs/rlp'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { describeWithData } from '../../testing/data.ts'
import { witnessBlock } from '../witness-blocks.fixtures.ts'
import { bodyMismatch } from './body-roots.ts'
import { decodeRawBlock } from './raw-block.ts'

const keccak = await loadKeccak()

describeWithData('bodies of real blocks', (data) => {
  test.each(['mainnet-1', 'mainnet-97', 'mainnet-1920000', 'mainnet-19426587', 'sepolia-10100112'])(
    '%s is its own',
    async (name) => {
      const { block } = await witnessBlock(data, name)
      expect(bodyMismatch(decodeRawBlock(block, keccak), keccak)).toBeUndefined()
    },
  )

  test('a transaction less, an uncle more, other withdrawals and none at all are told apart', async () => {
    const { block } = await witnessBlock(data, 'mainnet-19426587')
    const [header, transactions, uncles, withdrawals] = RLP.decode(
      block,
    ) as unknown as readonly (readonly Uint8Array[])[]
    const mismatch = (...parts: readonly unknown[]) =>
      bodyMismatch(decodeRawBlock(RLP.encode(parts as never), keccak), keccak)?.field
    expect(mismatch(header, transactions!.slice(1), uncles, withdrawals)).toBe('transactionsRoot')
    expect(mismatch(header, transactions, [header], withdrawals)).toBe('unclesHash')
    expect(mismatch(header, transactions, uncles, withdrawals!.slice(1))).toBe('withdrawalsRoot')
    expect(mismatch(header, transactions, uncles)).toBe('withdrawalsRoot')
  })

  test('withdrawals below a header that has none', async () => {
    const { block } = await witnessBlock(data, 'mainnet-15537394')
    const [header, transactions, uncles] = RLP.decode(block) as unknown as readonly unknown[]
    const changed = decodeRawBlock(RLP.encode([header, transactions, uncles, []] as never), keccak)
    expect(bodyMismatch(changed, keccak)).toMatchObject({ field: 'withdrawalsRoot', expected: 'none' })
  })
})
