/** What surrounds the messages of one transaction: the block, the transaction, precompiled contracts. */
import type { MaybePromise } from '../../state/flat-reader.ts'
import type { PrecompileResult } from './frame.ts'

export type Log = [address: Uint8Array, topics: Uint8Array[], data: Uint8Array]

/** The block as opcodes see it. */
export interface BlockEnvironment {
  readonly number: bigint
  readonly timestamp: bigint
  readonly coinbase: bigint
  readonly gasLimit: bigint
  readonly difficulty: bigint
  readonly prevRandao: bigint
  readonly baseFee: bigint
  readonly blobBaseFee: bigint
  /** EIP-7843; zero before. */
  readonly slotNumber: bigint
  readonly blockHash: BlockHashLookup
}

export interface TransactionEnvironment {
  readonly origin: bigint
  readonly gasPrice: bigint
  readonly blobHashes: readonly bigint[]
}

/** A precompiled contract: charges, then computes. Answers a promise where its library has to be loaded or works that way. */
export type Precompile = (data: Uint8Array, gas: number) => MaybePromise<PrecompileResult>

/** A hash of one of the last 256 blocks as a word; throws or rejects with a data fault when it is not at hand. */
export type BlockHashLookup = (number: number) => MaybePromise<bigint>
