/** One file of a recorded block, open: its bags hashed, and what executing it comes to, once somebody wants that. */
import { readFile } from 'node:fs/promises'
import { setImmediate as yieldThread } from 'node:timers/promises'
import type { ExecutionNetwork } from '../../../src/chain/network.ts'
import { messageOf } from '../../../src/chain/thrown.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { linkAncestors } from '../../../src/execution/block/ancestors.ts'
import { decodeRawHeader } from '../../../src/execution/block/raw-block.ts'
import { readStatelessBlock, type StatelessBlock } from '../../../src/execution/stateless-block.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import { CodeBag, layeredCodes, NodeBag, type CodeSource } from '../../../src/state/content-bag.ts'
import { layeredNodes, type NodeSource } from '../../../src/state/trie/node-source.ts'
import { contentOf } from '../../execution/content-of.ts'
import { UnavailableError, type ExecutionBlock, type TransactionPrestate } from '../../execution/execution-source.ts'
import { politely } from '../../execution/polite-reader.ts'
import { BlockTraceError, traceBlock, type TracedBlock } from '../../execution/trace-block.ts'
import { tracePrestates } from '../../execution/trace-prestates.ts'
import type { RecordedBlock } from './recorded-index.ts'

export interface Bags {
  readonly nodes: NodeSource
  readonly codes: CodeSource
}

export interface ExecutedFile {
  readonly trace: TracedBlock
  /** What is known of the state after the block. */
  readonly after: Bags
}

export class RecordedFile {
  readonly bags: Bags
  /** Bytes of nodes and codes, about what it holds in memory. */
  readonly size: number
  #executing: Promise<ExecutedFile> | undefined
  #tracing: Promise<readonly TransactionPrestate[]> | undefined

  private constructor(
    private readonly place: RecordedBlock,
    private readonly recorded: StatelessBlock,
    private readonly network: ExecutionNetwork,
    private readonly crypto: WasmCrypto,
  ) {
    const { nodes, codes, block } = recorded
    this.bags = { nodes: NodeBag.from(nodes, crypto.keccak), codes: CodeBag.from(codes, crypto.keccak) }
    this.size = [...nodes, ...codes, block].reduce((sum, { length }) => sum + length + ITEM_BYTES, 0)
  }

  /** @throws {UnavailableError} where the file cannot be read any more */
  static async open(place: RecordedBlock, network: ExecutionNetwork, crypto: WasmCrypto): Promise<RecordedFile> {
    let recorded: StatelessBlock
    try {
      recorded = await readStatelessBlock(await readFile(place.path))
    } catch (error) {
      throw new UnavailableError(`the file of block ${place.number} cannot be read: ${messageOf(error)}`)
    }
    if (equalBytes(recorded.blockHash, place.hash)) return new RecordedFile(place, recorded, network, crypto)
    throw new UnavailableError(`the file of block ${place.number} holds another block now`)
  }

  get block(): ExecutionBlock {
    const { hash, parentHash, number, timestamp, stateRoot, header } = this.place
    return { hash, parentHash, number, timestamp, stateRoot, header, rlp: this.recorded.block }
  }

  /**
   * Executes the block on its bags, the first time it is asked for.
   * @throws {UnavailableError} where that does not come to what the header says
   */
  executed(): Promise<ExecutedFile> {
    this.#executing ??= this.#execute()
    return this.#executing
  }

  async #execute(): Promise<ExecutedFile> {
    const { recorded, network, crypto, bags } = this
    const { block, blockHash, blockHashes, preStateRoot } = recorded
    const headers = this.place.ancestors.map(({ rlp }) => rlp)
    const input = { network, block, blockHash, blockHashes, preStateRoot, headers, claims: recorded }
    try {
      const trace = await traceBlock(input, bags, { crypto, around: (reader) => politely(reader, TURNS) })
      const made = contentOf(trace.made)
      const after = { nodes: layeredNodes(made.nodes, bags.nodes), codes: layeredCodes(made.codes, bags.codes) }
      return { trace, after }
    } catch (error) {
      if (!(error instanceof BlockTraceError)) throw error
      throw new UnavailableError(`block ${recorded.number} cannot be executed on what was recorded: ${error.problem}`)
    }
  }

  /** As {@link executed}, which comes first: only a block that comes to its header is traced, and never fails then. */
  prestates(): Promise<readonly TransactionPrestate[]> {
    this.#tracing ??= this.#trace()
    return this.#tracing
  }

  async #trace(): Promise<readonly TransactionPrestate[]> {
    await this.executed()
    const { network, crypto, block, bags: state } = this
    const { preStateRoot, blockHashes } = this.recorded
    const header = decodeRawHeader(block.header, crypto.keccak)
    const { hashes: ancestors } = linkAncestors(header, this.place.ancestors, blockHashes)
    return tracePrestates(
      { network, block, preStateRoot, ancestors, state },
      { crypto, around: (reader) => politely(reader, TURNS) },
    )
  }
}

const TURNS = { now: () => performance.now(), yieldThread }

/** Of a byte array and its entry in a map. */
const ITEM_BYTES = 200
