/** Recorded blocks with their witnesses as the network: executed here, in this thread, and kept in a store. */
import { bytesToHex } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import { networkByName } from '../../chain/network.ts'
import { executeBlock } from '../../execution/block/execute-block.ts'
import { decodeRawHeader, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { verifyBlock, type BlockInput } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { StatelessBlock } from '../../execution/stateless-block.ts'
import { CodeBag, NodeBag } from '../../state/content-bag.ts'
import { describeFault } from '../../state/data-fault.ts'
import type { Store } from '../../state/store/store.ts'
import { BlockState } from '../block-state.ts'
import { keepBlock } from '../kept-block.ts'
import { NO_COSTS, type ExecutionResult, type ImportExecutor, type ImportFetcher } from './import-tools.ts'
import { problemOf, secondOpinion } from './second-opinion.ts'

const mainnet = networkByName('mainnet')

export interface WitnessWorld {
  readonly fetcher: ImportFetcher
  readonly executor: ImportExecutor
  /** Nodes of each block by number, and where they came from. */
  readonly nodes: Map<number, { readonly read: number; readonly fromStore: number }>
}

/** Each witness goes with the block it was recorded for. */
export function witnessWorld(files: readonly StatelessBlock[], store: Store, crypto: WasmCrypto): WitnessWorld {
  const nodes: WitnessWorld['nodes'] = new Map()
  const fileOf = (hash: Uint8Array) => {
    const file = files.find(({ blockHash }) => bytesToHex(blockHash) === bytesToHex(hash))
    if (file === undefined) throw new Error(`${bytesToHex(hash)} is not recorded`)
    return file
  }
  const now = () => performance.now()
  const execute = (block: RawBlock): Promise<ExecutionResult> => run(fileOf(block.header.hash))

  async function run(file: StatelessBlock): Promise<ExecutionResult> {
    const state = new BlockState({ keccak: crypto.keccak, store, witness: file })
    // The store first: what earlier blocks left behind is not fetched.
    const hashes = (items: readonly Uint8Array[]) => items.map((item) => asHash(crypto.keccak(item)))
    await state.loadWitness({ nodes: hashes(file.nodes), codes: hashes(file.codes) })
    const input = inputOf(file)
    const verification = await verifyBlock(input, {
      crypto,
      now,
      engine: 'tuned',
      spent: { decode: 0, hash: 0 },
      openState: (root) => state.open(root),
      execute: (job, from) => executeBlock(job, from, { crypto, now }),
    })
    const read = state.read()
    const costs = { ...NO_COSTS, source: 'witness', nodesFromStore: read.nodesFromStore }
    switch (verification.kind) {
      case 'verified':
        nodes.set(file.number, { read: read.nodes.length, fromStore: read.nodesFromStore })
        return {
          ...{ kind: 'verified', costs, stats: { ...verification.stats, adopted: 0 } },
          keep: () => keepBlock(store, mainnet, verification, state),
        }
      case 'fault':
        return { kind: 'unavailable', costs, reason: describeFault(verification.fault) }
      case 'mismatch':
      case 'rejected':
        return {
          kind: 'contradicted',
          costs,
          problem: problemOf(verification),
          secondOpinion: () => again(file, input),
        }
    }
  }

  function again(file: StatelessBlock, input: BlockInput) {
    const bag = NodeBag.from(file.nodes, crypto.keccak)
    const codes = CodeBag.from(file.codes, crypto.keccak)
    return secondOpinion({
      input,
      crypto,
      now,
      contents: {
        getNodes: async (hashes) => hashes.map((hash) => bag.node(hash)),
        getCodes: async (hashes) => hashes.map((hash) => codes.code(hash)),
      },
      execute: (job, from) => executeBlock(job, from, { crypto, now }),
      keep: (verified, state) => keepBlock(store, mainnet, verified, state),
    })
  }

  return {
    nodes,
    fetcher: {
      block: async (hash) => fileOf(hash).block,
      headers: async (from, count) => ancestry(files, from, count, crypto),
    },
    executor: { prepare: async () => undefined, execute },
  }
}

function inputOf(file: StatelessBlock): BlockInput {
  const { block, blockHash, parentHeader, headers, blockHashes, preStateRoot } = file
  return {
    network: mainnet,
    ...{ block, blockHash, blockHashes, preStateRoot },
    headers: parentHeader === undefined ? headers : [parentHeader, ...headers],
  }
}

function ancestry(files: readonly StatelessBlock[], from: Uint8Array, count: number, crypto: WasmCrypto): Uint8Array[] {
  const all = new Map<string, RawHeader>()
  for (const { parentHeader, headers } of files)
    for (const rlp of [...(parentHeader === undefined ? [] : [parentHeader]), ...headers]) {
      const header = decodeRawHeader(rlp, crypto.keccak)
      all.set(bytesToHex(header.hash), header)
    }
  const found: Uint8Array[] = []
  for (
    let at = all.get(bytesToHex(from));
    at !== undefined && found.length < count;
    at = all.get(bytesToHex(at.parentHash))
  )
    found.push(at.rlp)
  return found
}
