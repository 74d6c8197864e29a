/** What a beacon block asks the devnet's execution chain for. */
import type { AddressBytes, Hash, Root } from '../../../src/chain/bytes.ts'
import type { Withdrawal } from '../../../src/consensus/containers/execution-payload.ts'

export interface BlockRequest {
  /** Of the beacon block; in the header since Amsterdam (EIP-7843). What the workload does follows from it. */
  readonly slot: number
  /** Seconds since 1970; after the parent's. */
  readonly timestamp: number
  /** Of any block that the chain holds with its state. */
  readonly parentHash: Hash
  readonly parentBeaconBlockRoot: Root
  /** 32 bytes. */
  readonly prevRandao: Uint8Array
  readonly feeRecipient: AddressBytes
  /** Left out: a few of the workload's own, none in an empty block. */
  readonly withdrawals?: readonly Withdrawal[] | undefined
  /** `empty`: no transactions, whatever the pool holds. */
  readonly fill: 'empty' | 'workload'
  /** `stateRoot`: the header names the root of a state that execution does not lead to; the block is invalid. */
  readonly fault?: 'stateRoot' | undefined
}
