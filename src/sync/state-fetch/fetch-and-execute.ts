/** One block from an empty state to its verification: predictions first, then execution that fetches what it still lacks. */
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import {
  executeBlock,
  type ExecutionJob,
  type ExecutionOutcome,
  type ExecutionState,
} from '../../execution/block/execute-block.ts'
import { BlockEncodingError, decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import type { Verification } from '../../execution/block/verification.ts'
import { verifyBlock } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { BlockFetch } from './block-fetch.ts'
import { accessListSource } from './sources/access-list.ts'
import { hintsSource } from './sources/hints.ts'
import { metadataSource } from './sources/metadata.ts'
import type { Source, SourceName, SourceOutcome } from './sources/source.ts'
import { witnessSource } from './sources/witness.ts'

/** What is known of a block beside its state. */
export interface BlockGround {
  /** RLP of the parent and more of its ancestors, in any order. */
  readonly headers: readonly Uint8Array[]
  /** Ancestors' hashes that are taken as given. */
  readonly blockHashes: ReadonlyMap<number, Hash>
}

export interface FetchAndExecute {
  readonly fetch: BlockFetch
  readonly network: ExecutionNetwork
  readonly block: RawBlock
  readonly parentStateRoot: Hash
  readonly ground: BlockGround
  readonly crypto: WasmCrypto
  /** ms, for stage times only. */
  readonly now: () => number
  /** For BLOCKHASH, where {@link ground} does not reach: RLP, newest first, contiguous from that hash. */
  readonly ancestors?: (from: Hash, count: number) => Promise<readonly Uint8Array[]>
  /** Default: in this thread. */
  readonly execute?: (job: ExecutionJob, state: ExecutionState) => Promise<ExecutionOutcome>
}

const SOURCES: Readonly<Record<SourceName, Source>> = {
  'access-list': accessListSource,
  witness: witnessSource,
  metadata: metadataSource,
  hints: hintsSource,
}

export interface Predicted {
  /** Undefined where none of them had anything. */
  readonly source: SourceName | undefined
  readonly outcome: SourceOutcome
}

/** @param names in order: the first that has anything for the block is taken; hints never fail, so that they come last */
export async function prefetchBlock(
  input: Omit<FetchAndExecute, 'ground'>,
  names: Iterable<SourceName>,
): Promise<Predicted> {
  const reasons: string[] = []
  for (const name of names) {
    const outcome = await SOURCES[name](input)
    if (outcome.kind === 'brought') return { source: name, outcome }
    reasons.push(...outcome.reasons)
  }
  return { source: undefined, outcome: { kind: 'unavailable', reasons } }
}

/** BLOCKHASH's reach. */
const MAX_ANCESTORS = 256

/**
 * Executes in order over what is at hand, pausing at each read that is not, and goes on with it once it has come.
 * @throws {StateUnavailableError} {@link FetchBoundError}; the reason of the fetch's cancellation
 */
export async function executeWithFaults(input: FetchAndExecute, predicted?: Predicted): Promise<Verification> {
  const { fetch, block, ground, ancestors } = input
  const before = fetch.costs()
  const said = predicted?.outcome.kind === 'brought' ? predicted.outcome : undefined
  const headers = [...ground.headers, ...(said?.headers ?? [])]
  // Two sources may not both be right about a hash that nothing proves: the caller's word counts.
  const blockHashes = new Map([...(said?.blockHashes ?? []), ...ground.blockHashes])
  let verification = await run(input, { headers: linkedHeaders(block, headers, input.crypto), blockHashes })
  if (verification.kind === 'fault' && verification.fault.kind === 'header' && ancestors !== undefined) {
    // One BLOCKHASH is seldom alone, and how far back the next one reaches is only known after it: all at once.
    const more = await ancestors(block.header.parentHash, MAX_ANCESTORS)
    verification = await run(input, { headers: linkedHeaders(block, [...headers, ...more], input.crypto), blockHashes })
  }
  const { whole } = said ?? {}
  if (whole !== undefined && fetch.costs().requests > before.requests) {
    fetch.context.selector.reportIncomplete(whole.server, whole.kind)
  }
  return verification
}

function run(
  { network, block, parentStateRoot, fetch, crypto, now, execute }: FetchAndExecute,
  { headers, blockHashes }: BlockGround,
): Promise<Verification> {
  return verifyBlock(
    { network, block: block.rlp, blockHash: block.header.hash, preStateRoot: parentStateRoot, headers, blockHashes },
    {
      crypto,
      engine: 'tuned',
      now,
      spent: { decode: 0, hash: 0 },
      openState: () => fetch.open(),
      execute: execute ?? ((job, from) => executeBlock(job, from, { crypto, now })),
    },
  )
}

/** Those that lead back from the block without a gap, each once: what a server said beside them is of no use. */
export function linkedHeaders(
  { header }: RawBlock,
  headers: readonly Uint8Array[],
  { keccak }: Pick<WasmCrypto, 'keccak'>,
): Uint8Array[] {
  const byHash = new Map<string, { readonly rlp: Uint8Array; readonly parentHash: Hash }>()
  for (const rlp of headers) {
    try {
      const { hash, parentHash } = decodeRawHeader(rlp, keccak)
      byHash.set(hashKey(hash), { rlp, parentHash })
    } catch (error) {
      if (!(error instanceof BlockEncodingError)) throw error
    }
  }
  const chain: Uint8Array[] = []
  let next = byHash.get(hashKey(header.parentHash))
  while (next !== undefined && chain.length < MAX_ANCESTORS) {
    chain.push(next.rlp)
    next = byHash.get(hashKey(next.parentHash))
  }
  return chain
}
