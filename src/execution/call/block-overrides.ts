/** What a caller wants to be different in the block that calls see (execution-apis, "BlockOverrides"). */
export interface BlockOverrides {
  readonly number?: bigint | undefined
  readonly timestamp?: bigint | undefined
  /** Counts before the merge only. */
  readonly difficulty?: bigint | undefined
  readonly gasLimit?: bigint | undefined
  /** feeRecipient; a word. */
  readonly coinbase?: bigint | undefined
  readonly prevRandao?: bigint | undefined
  readonly baseFee?: bigint | undefined
  readonly blobBaseFee?: bigint | undefined
}
