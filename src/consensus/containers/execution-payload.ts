/** What beacon blocks carry for the execution layer (consensus-specs: ExecutionPayload of Capella to Gloas), as plain values. */
import type { Hash, Root } from '../../chain/bytes.ts'

export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: number
  /** 20 bytes. */
  readonly address: Uint8Array
  /** Gwei. */
  readonly amount: bigint
}

/** Nothing of it is proven by having one: `block_hash` is checked against the keccak256 of the header that the rest makes. */
export interface ExecutionPayload {
  readonly parentHash: Hash
  readonly feeRecipient: Uint8Array
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly prevRandao: Uint8Array
  readonly blockNumber: number
  readonly gasLimit: number
  readonly gasUsed: number
  readonly timestamp: number
  readonly extraData: Uint8Array
  readonly baseFeePerGas: bigint
  readonly blockHash: Hash
  /** Each as its type says, RLP or type byte and RLP. */
  readonly transactions: readonly Uint8Array[]
  readonly withdrawals: readonly Withdrawal[]
  /** Since Deneb. */
  readonly blob: { readonly gasUsed: number; readonly excessGas: bigint } | undefined
  /** Since Gloas (EIP-7928, EIP-7843). */
  readonly accessList: { readonly rlp: Uint8Array; readonly slotNumber: number } | undefined
}

/** A payload with what its execution header takes from the beacon block around it. */
export interface CarriedPayload {
  /** Of the beacon block. */
  readonly slot: number
  /** Parent of the beacon block that the payload belongs to: `parent_beacon_block_root` of the header since Deneb. */
  readonly parentBeaconBlockRoot: Root
  readonly payload: ExecutionPayload
  /** Since Electra: type byte and data of each kind of request that is not empty, in the order of types (EIP-7685). */
  readonly executionRequests: readonly Uint8Array[] | undefined
}
