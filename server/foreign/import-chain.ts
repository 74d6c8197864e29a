/** Executes the blocks of a chain of another's making, one after another, into a chain held here. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../src/chain/bytes.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { executionConfigOnly, type ExecutionNetwork } from '../../src/chain/network.ts'
import { BlockEncodingError, decodeRawBlock, type RawBlock } from '../../src/execution/block/raw-block.ts'
import { UNCLE_MEMORY } from '../../src/execution/block/uncles.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../src/execution/words.ts'
import { NO_KZG } from '../../src/network/on-demand/no-kzg.ts'
import { ForkRules } from '../devnet/execution/fork-rules.ts'
import { Pool } from '../devnet/execution/pool/pool.ts'
import { buildState } from '../execution/build-state.ts'
import { contentOf } from '../execution/content-of.ts'
import type { ExecutionBlock } from '../execution/execution-source.ts'
import { LocalExecution } from '../execution/local-execution.ts'
import { BlockTraceError, traceBlock, type TracedBlock } from '../execution/trace-block.ts'
import { genesisBlock, type GenesisFile } from './genesis-file.ts'

export interface ChainImport {
  /** Default: as the genesis file's config says. */
  readonly network?: ExecutionNetwork
  readonly genesis: GenesisFile
  /** RLP of each block, in order; they may begin with the genesis block, as geth's export does. */
  readonly blocks: AsyncIterable<Uint8Array>
  readonly crypto: WasmCrypto
  readonly clock: Clock
}

/** A block that does not follow, or does not come to what its header says. */
export class ChainImportError extends Error {
  override name = 'ChainImportError'
}

/**
 * The last block is the head, safe and finalized.
 * @throws {ChainImportError} naming the first block that is wrong, and what of it
 * @throws {NetworkConfigError} for a config of another shape @throws {ChainFileError} from `blocks`
 */
export async function importChain({ genesis, blocks, crypto, clock, ...given }: ChainImport): Promise<LocalExecution> {
  const network = given.network ?? executionConfigOnly(genesis.config)
  const state = buildState(genesis.accounts, crypto.keccak)
  const first = genesisBlock(genesis, network, state.root, crypto.keccak)
  // What is sent waits for ever: nobody makes a block of it.
  const pool: Pool = new Pool({
    ...{ rules: new ForkRules(network, { ...crypto.customCrypto, kzg: NO_KZG }), keccak: crypto.keccak, blobs: 'kept' },
    ...{ head: () => execution.head, state: () => execution.state },
  })
  const execution: LocalExecution = new LocalExecution({
    ...{ network, genesis: { block: first, state }, crypto, clock, pool, software: SOFTWARE },
  })
  const recent = new RecentBlocks(first)
  for await (const rlp of blocks) {
    const block = decode(rlp, recent.head.number + 1, crypto)
    if (equalBytes(block.header.hash, first.hash) && recent.head === first) continue
    if (!equalBytes(block.header.parentHash, recent.head.hash)) throw notFollowing(block, recent.head, first)
    const { receipts, made } = await execute(block, recent, execution, { network, crypto })
    recent.add(execution.accept({ rlp, receipts, ...contentOf(made) }), block)
    // Each in turn, so that states of a long chain's beginning are dropped on the way.
    execution.setHead({ head: block.header.hash })
  }
  const { hash } = recent.head
  execution.setHead({ head: hash, safe: hash, finalized: hash })
  return execution
}

const SOFTWARE = 'beamtab-import'

/** BLOCKHASH's reach. */
const ANCESTORS = 256
/** Headers that uncles are compared with, their parents' included (Yellow Paper 11.1), and one to spare. */
const HEADERS = UNCLE_MEMORY + 2

/** Always: the newest block first, as many of each as the next block's check can ask for. */
class RecentBlocks {
  #blocks: readonly ExecutionBlock[]
  /** Of the newest blocks. */
  #uncles: readonly (readonly Hash[])[] = []

  constructor(genesis: ExecutionBlock) {
    this.#blocks = [genesis]
  }

  get head(): ExecutionBlock {
    return this.#blocks[0]!
  }

  get headers(): Uint8Array[] {
    return this.#blocks.slice(0, HEADERS).map(({ header }) => header)
  }

  get hashes(): ReadonlyMap<number, Hash> {
    return new Map(this.#blocks.map(({ number, hash }) => [number, hash]))
  }

  get includedUncles(): Hash[] {
    return this.#uncles.flat()
  }

  add(block: ExecutionBlock, { uncleHeaders }: RawBlock): void {
    this.#blocks = [block, ...this.#blocks.slice(0, ANCESTORS - 1)]
    this.#uncles = [uncleHeaders.map(({ hash }) => hash), ...this.#uncles.slice(0, UNCLE_MEMORY - 1)]
  }
}

function decode(rlp: Uint8Array, expected: number, { keccak }: WasmCrypto): RawBlock {
  try {
    return decodeRawBlock(rlp, keccak)
  } catch (error) {
    if (error instanceof BlockEncodingError) throw new ChainImportError(`block ${expected}: ${error.message}`)
    throw error
  }
}

async function execute(
  { rlp, header }: RawBlock,
  recent: RecentBlocks,
  { state }: LocalExecution,
  { network, crypto }: { readonly network: ExecutionNetwork; readonly crypto: WasmCrypto },
): Promise<TracedBlock> {
  const input = {
    network,
    block: rlp,
    blockHash: header.hash,
    headers: recent.headers,
    blockHashes: recent.hashes,
    preStateRoot: recent.head.stateRoot,
    includedUncles: recent.includedUncles,
  }
  try {
    return await traceBlock(input, { nodes: state, codes: state }, { crypto })
  } catch (error) {
    if (!(error instanceof BlockTraceError)) throw error
    throw new ChainImportError(`block ${header.number} (${bytesToHex(header.hash)}): ${error.problem}`, {
      cause: error,
    })
  }
}

function notFollowing({ header }: RawBlock, head: ExecutionBlock, genesis: ExecutionBlock): ChainImportError {
  const parent = bytesToHex(header.parentHash)
  if (head === genesis) {
    const ours = `the genesis file makes block ${genesis.number} ${bytesToHex(genesis.hash)} with state root ${bytesToHex(genesis.stateRoot)}`
    return new ChainImportError(`block ${header.number}, the chain file's first, has the parent ${parent}; ${ours}`)
  }
  return new ChainImportError(
    `block ${header.number} has the parent ${parent}; before it in the chain file is block ${head.number}, ${bytesToHex(head.hash)}`,
  )
}
