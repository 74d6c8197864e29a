/** Executes a block over what a fetcher brings, and gives what that took. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { executeBlock } from '../../execution/block/execute-block.ts'
import { decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import type { Verification } from '../../execution/block/verification.ts'
import { verifyBlock } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { ServedWitness, TouchedKeys } from '../state-service/messages.ts'
import { describeFault } from '../../state/data-fault.ts'
import type { BlockSource } from './block-source.ts'
import { FetchedContent } from './fetched-content.ts'
import { FetchedState } from './fetched-state.ts'
import type { StateFetcher } from './state-fetcher.ts'
import { WitnessError } from './witness-error.ts'

export interface OnDemand {
  readonly network: ExecutionNetwork
  readonly block: RawBlock
  readonly blocks: BlockSource
  readonly fetcher: StateFetcher
  readonly crypto: WasmCrypto
  /** Keys that the block is likely to touch; more cost requests, fewer cost round trips. */
  readonly likely: readonly TouchedKeys[]
  /** Ancestors' hashes that are taken as given, where the server has no headers for BLOCKHASH. Default: none. */
  readonly blockHashes?: ReadonlyMap<number, Hash> | undefined
}

/** BLOCKHASH's reach. */
const MAX_ANCESTORS = 256
/** Ancestors that an uncle is compared with (yellow paper, 11.1). */
const UNCLE_ANCESTORS = 7

/**
 * Ends with a block that is verified: whatever is wrong with the block, or with what came, is an error.
 * @throws {WitnessError} @throws {RequestError}
 */
export async function executeOnDemand(options: OnDemand): Promise<ServedWitness> {
  const { block, blocks, fetcher, crypto, likely, blockHashes = NO_HASHES } = options
  const { keccak } = crypto
  const wanted = block.uncleHeaders.length > 0 ? UNCLE_ANCESTORS : 1
  let headers = await blocks.headers(block.header.parentHash, wanted)
  const preStateRoot = parentStateRoot(headers, options)
  const content = new FetchedContent(keccak)
  const state = new FetchedState(preStateRoot, content, fetcher, keccak)
  await state.fetchAhead(likely)
  const start = { preStateRoot, state }
  let verification = await run(options, { ...start, headers, blockHashes: NO_HASHES })
  let given = NO_HASHES
  if (verification.kind === 'fault' && verification.fault.kind === 'header') {
    // One BLOCKHASH is seldom alone, and how far back the next one reaches is only known after it: all at once.
    headers = await blocks.headers(block.header.parentHash, MAX_ANCESTORS)
    given = new Map([...blockHashes].filter(([number]) => number < block.header.number - headers.length))
    verification = await run(options, { ...start, headers, blockHashes: given })
  }
  if (verification.kind !== 'verified') throw new WitnessError(notVerified(block, verification))
  return { headers: [...headers].reverse(), ...state.read(), blockHashes: given, keys: undefined }
}

function parentStateRoot(headers: readonly Uint8Array[], { block, crypto }: OnDemand): Hash {
  const [parent] = headers
  if (parent === undefined) {
    throw new WitnessError(`the server does not have header ${bytesToHex(block.header.parentHash)}, the parent's`)
  }
  return decodeRawHeader(parent, crypto.keccak).stateRoot
}

const NO_HASHES: ReadonlyMap<number, Hash> = new Map()

/** What the block is executed on. */
interface Ground {
  readonly headers: readonly Uint8Array[]
  readonly blockHashes: ReadonlyMap<number, Hash>
  readonly preStateRoot: Hash
  readonly state: FetchedState
}

function run({ network, block, crypto }: OnDemand, { state, ...ground }: Ground): Promise<Verification> {
  const now = () => performance.now()
  return verifyBlock(
    { network, block: block.rlp, blockHash: block.header.hash, ...ground },
    {
      crypto,
      engine: 'tuned',
      now,
      spent: { decode: 0, hash: 0 },
      openState: () => state.open(),
      execute: (job, from) => executeBlock(job, from, { crypto, now }),
    },
  )
}

function notVerified({ header }: RawBlock, verification: Exclude<Verification, { kind: 'verified' }>): string {
  const block = `block ${header.number} ${bytesToHex(header.hash)}`
  switch (verification.kind) {
    case 'mismatch': {
      const { field, expected, actual } = verification.mismatch
      return `${block} does not verify: ${field} is ${actual}, expected ${expected}`
    }
    case 'fault':
      return `${block} needs what the server did not give: ${describeFault(verification.fault)}`
    case 'rejected':
      return `${block} does not verify: ${verification.message}`
  }
}
