/** Execution payloads that no chain has, but whose block hash is that of their header. */
import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { isAtLeast, findForkAtSlot, timeOfSlot } from '../chain/beacon-config.ts'
import { asHash, type Hash, type Keccak, type Root } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import type { CarriedPayload } from '../consensus/containers/execution-payload.ts'
import { payloadHeader } from '../execution/block/payload-header.ts'

export interface MadeUpPayloadOptions {
  readonly network: Network
  /** What is not given follows from it. */
  readonly seed: string
  /** Capella or later; its fork decides which parts the payload has. */
  readonly slot: number
  readonly parentBeaconBlockRoot: Root
  readonly parentHash: Hash
  /** Default: the slot. */
  readonly blockNumber?: number
  readonly transactions?: readonly Uint8Array[]
  /** Default: none. */
  readonly executionRequests?: readonly Uint8Array[]
}

export function madeUpPayload(options: MadeUpPayloadOptions, keccak: Keccak): CarriedPayload {
  const { network, seed, slot, parentBeaconBlockRoot, parentHash, blockNumber = slot } = options
  const fork = findForkAtSlot(network, slot)?.name ?? 'phase0'
  const word = (what: string) => sha256(new TextEncoder().encode(`${seed}, ${what} ${slot}`))
  const carried = {
    slot,
    parentBeaconBlockRoot,
    payload: {
      parentHash,
      feeRecipient: word('fee recipient').slice(0, 20),
      stateRoot: word('state root'),
      receiptsRoot: word('receipts root'),
      logsBloom: new Uint8Array(256),
      prevRandao: word('randao'),
      blockNumber,
      gasLimit: 30_000_000,
      gasUsed: 21_000,
      timestamp: timeOfSlot(network, slot),
      extraData: Uint8Array.of(0xbe, 0xa4),
      baseFeePerGas: 7n,
      blockHash: parentHash,
      transactions: options.transactions ?? [concatBytes(Uint8Array.of(2), RLP.encode([word('transaction')]))],
      withdrawals: [{ index: BigInt(slot), validatorIndex: 5, address: word('address').slice(0, 20), amount: 9n }],
      blob: isAtLeast(fork, 'deneb') ? { gasUsed: 0, excessGas: 0n } : undefined,
      accessList: isAtLeast(fork, 'gloas') ? { rlp: Uint8Array.of(0xc0), slotNumber: slot } : undefined,
    },
    executionRequests: isAtLeast(fork, 'electra') ? (options.executionRequests ?? []) : undefined,
  }
  return { ...carried, payload: { ...carried.payload, blockHash: asHash(payloadHeader(carried, keccak).hash) } }
}
