/** Verifies one stateless block with everything in this thread: the command line's and the benchmarks' way. */
import type { ExecutionNetwork } from '../chain/network.ts'
import { executionConfigOnly, networkForChainId } from '../chain/network.ts'
import { NetworkConfigError } from '../chain/config-value.ts'
import { CodeBag, NodeBag } from '../state/content-bag.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../state/recording-source.ts'
import { StateTrie } from '../state/state-trie.ts'
import type { HashedBytes } from '../state/trie/node-source.ts'
import { executeBlock, type ExecutionJob } from './block/execute-block.ts'
import type { RejectionCode, Verification } from './block/verification.ts'
import { verifyBlock, type BlockInput, type OpenState } from './block/verify-block.ts'
import type { WasmCrypto } from './crypto/wasm-crypto.ts'
import type { StatelessBlock } from './stateless-block.ts'

export interface StatelessOptions {
  readonly crypto: WasmCrypto
  /** Where given, the file has to be of this network. */
  readonly network?: ExecutionNetwork | undefined
  readonly engine?: ExecutionJob['engine']
  readonly now?: () => number
  /** Milliseconds that reading the file took. */
  readonly decodeMs?: number
}

export interface StatelessResult {
  readonly verification: Verification
  /** What was read from the witness, and what the block added: what is worth keeping of a verified block. */
  readonly read: { readonly nodes: readonly HashedBytes[]; readonly codes: readonly HashedBytes[] }
}

export async function verifyStatelessBlock(file: StatelessBlock, options: StatelessOptions): Promise<StatelessResult> {
  const { crypto, engine = 'tuned', now = () => performance.now(), decodeMs = 0 } = options
  const input = blockInput(file, options.network)
  if (input.kind === 'rejected') return { verification: input, read: { nodes: [], codes: [] } }
  const start = now()
  const nodes = new RecordingNodeSource(NodeBag.from(file.nodes, crypto.keccak))
  const codes = new RecordingCodeSource(CodeBag.from(file.codes, crypto.keccak))
  const hash = now() - start
  const verification = await verifyBlock(input.block, {
    crypto,
    engine,
    now,
    spent: { decode: decodeMs, hash },
    openState: (root) => openInThread(new StateTrie({ root, nodes, codes, keccak: crypto.keccak }), nodes),
    execute: (job, state) => executeBlock(job, state, { crypto, now }),
  })
  return { verification, read: { nodes: nodes.read(), codes: codes.read() } }
}

interface Rejected {
  readonly kind: 'rejected'
  readonly code: RejectionCode
  readonly message: string
}

/** Turns a file into what is verified, refusing one that contradicts itself or the network asked for. */
export function blockInput(
  file: StatelessBlock,
  asked: ExecutionNetwork | undefined,
): { readonly kind: 'accepted'; readonly block: BlockInput } | Rejected {
  const network = asked ?? networkOf(file)
  if (network instanceof NetworkConfigError) return rejected('wrong-network', `the file's config: ${network.message}`)
  if (network === undefined) {
    return rejected(
      'wrong-network',
      `the file is of ${file.network} (chain id ${file.chainId}), which is not built in; give a network file`,
    )
  }
  if (network.chainId !== file.chainId) {
    return rejected(
      'wrong-network',
      `the file is of chain id ${file.chainId}; ${network.name} has chain id ${network.chainId}`,
    )
  }
  return {
    kind: 'accepted',
    block: {
      network,
      block: file.block,
      blockHash: file.blockHash,
      headers: file.parentHeader === undefined ? file.headers : [file.parentHeader, ...file.headers],
      blockHashes: file.blockHashes,
      preStateRoot: file.preStateRoot,
      claims: file,
    },
  }
}

/** A file's own rules never stand in for those of a network that is built in: under its name they would look proven. */
function networkOf(file: StatelessBlock): ExecutionNetwork | NetworkConfigError | undefined {
  const known = networkForChainId(file.chainId)
  if (known !== undefined && known.name === file.network) return known
  if (file.config === undefined || file.config === null) return undefined
  try {
    return executionConfigOnly(file.config)
  } catch (error) {
    if (error instanceof NetworkConfigError) return error
    throw error
  }
}

function rejected(code: RejectionCode, message: string): Rejected {
  return { kind: 'rejected', code, message }
}

function openInThread(trie: StateTrie, nodes: RecordingNodeSource): OpenState {
  return {
    reader: trie,
    applyWrites: async (writes) => trie.applyWrites(writes),
    root: () => trie.root(),
    nodesRead: () => nodes.read().length,
  }
}
