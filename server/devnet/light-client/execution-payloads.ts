/**
 * Made-up payloads without transactions, each on top of another: what a block carries for the execution layer, with the
 * header whose keccak256 is the block hash. No state is behind them; roots of states are made up.
 *
 * The header is put together here once more, not by the code that checks payloads: that one is tested on these.
 */
import { RLP } from '@ethereumjs/rlp'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { forkAtSlot, isAtLeast } from '../../../src/chain/beacon-config.ts'
import type { Hash, Root } from '../../../src/chain/bytes.ts'
import { asHash } from '../../../src/chain/bytes.ts'
import type { ForkName, Network } from '../../../src/chain/network.ts'
import type { CarriedPayload, ExecutionPayload } from '../../../src/consensus/containers/execution-payload.ts'
import type { PayloadMaker } from './payload-maker.ts'
import { payloadTimestamp } from './payload-timestamp.ts'
import { seededBytes } from './seeded.ts'

/** The block that a payload builds on. */
export interface ExecutionParent {
  readonly blockHash: Hash
  readonly blockNumber: number
}

/** A payload, and the header of its block. */
export interface MadePayload {
  readonly carried: CarriedPayload
  /** RLP; its keccak256 is the payload's block hash. */
  readonly headerRlp: Uint8Array
}

const EMPTY_TRIE = keccak_256(RLP.encode(new Uint8Array()))
const NO_UNCLES = keccak_256(RLP.encode([]))
/** requests_hash of a block without requests (EIP-7685). */
const NO_REQUESTS = sha256(new Uint8Array())
/** A block access list that lists nothing (EIP-7928). */
const EMPTY_ACCESS_LIST = RLP.encode([])

const GAS_LIMIT = 36_000_000
/** The least a base fee can be, where empty blocks leave it. */
const BASE_FEE = 7n

/** What {@link executionGenesis} says instead of a block that exists. */
const GENESIS_NUMBER = 0

/** Makes payloads up. @param genesis default: a hash that nothing is known of */
export function madeUpPayloads(network: Network, seed: string, genesis = executionGenesis(seed)): PayloadMaker {
  return {
    genesis,
    make: ({ slot, seed: slotSeed, parent, parentBeaconBlockRoot }) => ({
      kind: 'own',
      made: makePayload(network, slotSeed, slot, parent, parentBeaconBlockRoot),
    }),
  }
}

/** The block before the first payload: a hash that nothing is known of. */
const executionGenesis = (seed: string): ExecutionParent => ({
  blockHash: asHash(seededBytes(`${seed}, execution genesis`)),
  blockNumber: GENESIS_NUMBER,
})

/** @param slot of a block of Capella or later */
export function makePayload(
  network: Network,
  seed: string,
  slot: number,
  parent: ExecutionParent,
  parentBeaconBlockRoot: Root,
): MadePayload {
  const { name } = forkAtSlot(network, slot)
  const payload: Omit<ExecutionPayload, 'blockHash'> = {
    parentHash: parent.blockHash,
    feeRecipient: seededBytes(`${seed}, fee recipient`).slice(0, 20),
    stateRoot: seededBytes(`${seed}, execution state ${slot}`),
    receiptsRoot: EMPTY_TRIE,
    logsBloom: new Uint8Array(256),
    prevRandao: seededBytes(`${seed}, randao ${slot}`),
    blockNumber: parent.blockNumber + 1,
    gasLimit: GAS_LIMIT,
    gasUsed: 0,
    timestamp: payloadTimestamp(network, slot),
    extraData: Uint8Array.of(0xbe, 0xa4),
    baseFeePerGas: BASE_FEE,
    transactions: [],
    withdrawals: [],
    blob: isAtLeast(name, 'deneb') ? { gasUsed: 0, excessGas: 0n } : undefined,
    accessList: isAtLeast(name, 'gloas') ? { rlp: EMPTY_ACCESS_LIST, slotNumber: slot } : undefined,
  }
  const headerRlp = encodeHeader(name, payload, parentBeaconBlockRoot)
  return {
    carried: {
      slot,
      parentBeaconBlockRoot,
      payload: { ...payload, blockHash: asHash(keccak_256(headerRlp)) },
      executionRequests: isAtLeast(name, 'electra') ? [] : undefined,
    },
    headerRlp,
  }
}

/** The fields in the order of the header of each fork: Shanghai, Cancun, Prague, Amsterdam. */
function encodeHeader(fork: ForkName, payload: Omit<ExecutionPayload, 'blockHash'>, parentRoot: Root): Uint8Array {
  const { blob, accessList } = payload
  return RLP.encode([
    payload.parentHash,
    NO_UNCLES,
    payload.feeRecipient,
    payload.stateRoot,
    EMPTY_TRIE,
    payload.receiptsRoot,
    payload.logsBloom,
    // A difficulty of 0.
    new Uint8Array(),
    payload.blockNumber,
    payload.gasLimit,
    payload.gasUsed,
    payload.timestamp,
    payload.extraData,
    payload.prevRandao,
    new Uint8Array(8),
    payload.baseFeePerGas,
    EMPTY_TRIE,
    ...(blob === undefined ? [] : [blob.gasUsed, blob.excessGas, parentRoot]),
    ...(isAtLeast(fork, 'electra') ? [NO_REQUESTS] : []),
    ...(accessList === undefined ? [] : [keccak_256(accessList.rlp), accessList.slotNumber]),
  ])
}
