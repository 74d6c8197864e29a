import { RLP } from '@ethereumjs/rlp'
import { createBlockHeader, type BlockHeader } from '@ethereumjs/block'
import { describe, expect, test } from 'vitest'
import { TEST_BLOCK_NUMBER, TEST_TIMESTAMP, testCommon, type TestFork } from '../execution.fixtures.ts'
import { checkBlockBytes, checkBodySize } from './body-size.ts'
import { InvalidBlockError } from './execute-block.ts'
import type { RawBlock } from './raw-block.ts'

const BODY = { rlp: RLP.encode([]), transactions: [], uncles: RLP.encode([]), uncleHeaders: [], withdrawals: undefined }

function header(fork: TestFork, gasUsed: bigint): BlockHeader {
  const fields = { number: TEST_BLOCK_NUMBER, timestamp: TEST_TIMESTAMP, gasLimit: 2n ** 62n, gasUsed }
  return createBlockHeader(fields, { common: testCommon(fork), skipConsensusFormatValidation: true })
}

function check(fork: TestFork, gasUsed: bigint, body: Partial<RawBlock>): () => void {
  return () => checkBodySize(header(fork, gasUsed), { ...BODY, ...body } as RawBlock)
}

const items = (count: number): Uint8Array[] => Array.from({ length: count }, () => Uint8Array.of(1))

describe('the size of a body', () => {
  test('in bytes: 16 MiB before anything is known, 8 MiB since Osaka', () => {
    const rlp = new Uint8Array(16 * 1024 * 1024)
    expect(() => checkBlockBytes(rlp)).not.toThrow()
    expect(() => checkBlockBytes(new Uint8Array(rlp.length + 1))).toThrow(InvalidBlockError)
    expect(check('prague', 0n, { rlp })).not.toThrow()
    expect(check('osaka', 0n, { rlp: rlp.subarray(0, rlp.length / 2) })).not.toThrow()
    for (const fork of ['osaka', 'bpo2'] as const)
      expect(check(fork, 0n, { rlp: rlp.subarray(0, rlp.length / 2 + 1) })).toThrow(/at most 8388608 \(EIP-7934\)/)
  })

  test('in transactions: as many as the gas used can pay, after the largest refunds', () => {
    expect(check('london', 21_000n, { transactions: items(2) })).not.toThrow()
    expect(check('london', 21_000n, { transactions: items(3) })).toThrow(
      '3 transactions use at least 28800 gas; the header says 21000',
    )
  })

  test('in transactions and withdrawals, whatever gas is claimed', () => {
    const most = items(16_384)
    expect(check('london', 2n ** 62n, { transactions: most, withdrawals: most })).not.toThrow()
    expect(check('london', 2n ** 62n, { transactions: items(16_385) })).toThrow('the block has 16385 transactions')
    expect(check('shanghai', 0n, { withdrawals: items(16_385) })).toThrow('the block has 16385 withdrawals')
  })
})
