/** The chain of one blockchain test: blocks verified one after another on the states of those before, side chains too. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { executeBlock, type ExecutionJob } from '../../execution/block/execute-block.ts'
import {
  BlockEncodingError,
  decodeRawBlock,
  decodeRawHeader,
  type RawBlock,
  type RawHeader,
} from '../../execution/block/raw-block.ts'
import { UNCLE_MEMORY } from '../../execution/block/uncles.ts'
import type { Verification } from '../../execution/block/verification.ts'
import { verifyBlock } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { hashKey } from '../../state/hash-key.ts'
import { StateTrie } from '../../state/state-trie.ts'
import type { BlockchainTest, TestBlock } from './blockchain-test.ts'
import { GrowingSource } from './growing-source.ts'
import { stateOf } from './test-state.ts'

export interface TestChainOptions {
  readonly network: ExecutionNetwork
  readonly crypto: WasmCrypto
  readonly engine: ExecutionJob['engine']
}

/** The genesis that the test gives is not the one that it names. */
export class GenesisError extends Error {
  override name = 'GenesisError'
}

interface ChainBlock {
  readonly header: RawHeader
  readonly uncles: readonly Hash[]
  readonly parent: ChainBlock | undefined
  /** Of the block and all before it. */
  readonly totalDifficulty: bigint
}

/** As many ancestors as BLOCKHASH reaches. */
const MAX_ANCESTORS = 256

/** Always: every block but genesis is verified on its parent's state, which `source` holds in full. */
export class TestChain {
  private readonly source = new GrowingSource()
  private readonly blocks = new Map<string, ChainBlock>()
  private canonical: ChainBlock

  /** @throws {GenesisError} @throws {BlockEncodingError} */
  constructor(
    { genesis, pre }: BlockchainTest,
    private readonly options: TestChainOptions,
  ) {
    const { keccak } = options.crypto
    const header = decodeRawHeader(genesis.header, keccak)
    const state = stateOf(pre, keccak)
    expectSame('the hash of its header', genesis.hash, header.hash)
    expectSame('the root of its accounts', header.stateRoot, state.root())
    this.source.add(state.commit())
    this.canonical = { header, uncles: [], parent: undefined, totalDifficulty: header.difficulty }
    this.blocks.set(hashKey(header.hash), this.canonical)
  }

  /**
   * Of highest total difficulty, the first of several; among proof-of-stake blocks, which add none, the last, as a
   * consensus layer that follows the test would have it.
   */
  get head(): RawHeader {
    return this.canonical.header
  }

  /** Of all blocks before a verified one. */
  totalDifficultyBefore({ parentHash }: RawHeader): bigint {
    return this.blocks.get(hashKey(parentHash))!.totalDifficulty
  }

  /** The state after a verified block. */
  stateAt({ stateRoot }: RawHeader): StateTrie {
    const { source, options } = this
    return new StateTrie({ root: stateRoot, nodes: source, codes: source, keccak: options.crypto.keccak })
  }

  /** Verifies a block and, where that succeeds, adds it. */
  async add({ rlp, hash }: TestBlock): Promise<Verification> {
    const { network, crypto, engine } = this.options
    let block: RawBlock
    try {
      block = decodeRawBlock(rlp, crypto.keccak)
    } catch (error) {
      if (!(error instanceof BlockEncodingError)) throw error
      return { kind: 'rejected', code: 'block-encoding', message: error.message }
    }
    const parent = this.blocks.get(hashKey(block.header.parentHash))
    if (parent === undefined) return { kind: 'fault', fault: { kind: 'header', number: block.header.number - 1 } }

    let opened: StateTrie | undefined
    const input = {
      network,
      block: rlp,
      blockHash: hash ?? block.header.hash,
      headers: blocksBack(parent, MAX_ANCESTORS).map(({ header }) => header.rlp),
      blockHashes: NO_HASHES,
      preStateRoot: parent.header.stateRoot,
      includedUncles: blocksBack(parent, UNCLE_MEMORY).flatMap(({ uncles }) => uncles),
    }
    const verification = await verifyBlock(input, {
      crypto,
      engine,
      now: NO_CLOCK,
      spent: { decode: 0, hash: 0 },
      openState: () => {
        const state = (opened = this.stateAt(parent.header))
        return {
          reader: state,
          applyWrites: async (writes) => state.applyWrites(writes),
          root: () => state.root(),
          nodesRead: () => 0,
        }
      },
      execute: (job, state) => executeBlock(job, state, { crypto, now: NO_CLOCK }),
    })
    if (verification.kind === 'verified') this.accept(block, parent, opened!)
    return verification
  }

  private accept({ header, uncleHeaders }: RawBlock, parent: ChainBlock, state: StateTrie): void {
    this.source.add(state.commit())
    const uncles = uncleHeaders.map(({ hash }) => hash)
    const block = { header, uncles, parent, totalDifficulty: parent.totalDifficulty + header.difficulty }
    this.blocks.set(hashKey(header.hash), block)
    const heavier = block.totalDifficulty > this.canonical.totalDifficulty
    if (header.difficulty === 0n || (heavier && this.canonical.header.difficulty > 0n)) this.canonical = block
  }
}

const NO_HASHES: ReadonlyMap<number, Hash> = new Map()

/** Nobody looks at the times. */
const NO_CLOCK = () => 0

/** The block itself and those before it. */
function blocksBack(from: ChainBlock, count: number): ChainBlock[] {
  const blocks: ChainBlock[] = []
  for (let block: ChainBlock | undefined = from; block !== undefined && blocks.length < count; block = block.parent)
    blocks.push(block)
  return blocks
}

function expectSame(what: string, expected: Hash, actual: Hash): void {
  const [wanted, came] = [bytesToHex(expected), bytesToHex(actual)]
  if (wanted !== came) throw new GenesisError(`genesis: ${what} is ${came}; the test says ${wanted}`)
}
