/**
 * How large a body may be, told before anything is done with its items: a few kilobytes of archive unpack to millions of
 * one-byte "transactions", and a trie of those takes many seconds.
 */
import type { BlockHeader } from '@ethereumjs/block'
import { Hardfork } from '@ethereumjs/common'
import { InvalidBlockError } from './execute-block.ts'
import type { RawBlock } from './raw-block.ts'

/**
 * Gas bounds a block's bytes: a zero byte of calldata costs 4 gas, so 60 million gas (the largest limit of a public
 * network) buy 15 MB.
 */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024

/** EIP-7934, from Osaka on: 10 MiB less 2 MiB for the beacon block around it. EthereumJS's Osaka leaves the EIP out. */
const MAX_BLOCK_BYTES_OSAKA = 8 * 1024 * 1024

/**
 * A transaction costs 21,000 gas, of which refunds give back at most half (a fifth since EIP-3529): 10,500 stay. Since
 * EIP-2780 it costs 12,000, of which a fifth may come back.
 */
const LEAST_TRANSACTION_GAS = 9_600n

/**
 * Without its parent a header may claim any gas. 16,384 transactions of 21,000 gas are 344 million, more than five times
 * what public networks allow; the trie of so many takes 0.2 s on a slow machine.
 */
const MAX_TRANSACTIONS = 16_384

/** EIP-4895 leaves the number to the consensus layer, which gives 16 a block; test chains give more. Same trie, same time. */
const MAX_WITHDRAWALS = 16_384

/** To be asked before the block is decoded. @throws {InvalidBlockError} */
export function checkBlockBytes(rlp: Uint8Array): void {
  if (rlp.length > MAX_BLOCK_BYTES) throw invalid(`the block has ${rlp.length} bytes; at most ${MAX_BLOCK_BYTES}`)
}

/** Whether its roots can be counted in a moment. To be asked before they are. @throws {InvalidBlockError} */
export function checkItemCounts({ transactions, withdrawals }: Pick<RawBlock, 'transactions' | 'withdrawals'>): void {
  const count = transactions.length
  if (count > MAX_TRANSACTIONS) throw invalid(`the block has ${count} transactions; at most ${MAX_TRANSACTIONS}`)
  const given = withdrawals?.length ?? 0
  if (given > MAX_WITHDRAWALS) throw invalid(`the block has ${given} withdrawals; at most ${MAX_WITHDRAWALS}`)
}

/** To be asked before any root is counted. @throws {InvalidBlockError} */
export function checkBodySize({ common, gasUsed }: BlockHeader, block: RawBlock): void {
  const { rlp, transactions } = block
  if (common.gteHardfork(Hardfork.Osaka) && rlp.length > MAX_BLOCK_BYTES_OSAKA)
    throw invalid(`the block has ${rlp.length} bytes; at most ${MAX_BLOCK_BYTES_OSAKA} (EIP-7934)`)
  checkItemCounts(block)
  const least = BigInt(transactions.length) * LEAST_TRANSACTION_GAS
  if (least > gasUsed)
    throw invalid(`${transactions.length} transactions use at least ${least} gas; the header says ${gasUsed}`)
}

function invalid(problem: string): InvalidBlockError {
  return new InvalidBlockError('invalid-block', problem)
}
