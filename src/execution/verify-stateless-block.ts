/** Verifies one stateless block with everything in this thread: the command line's and the benchmarks' way. */
import type { ExecutionNetwork } from '../chain/network.ts'
import { executionConfigOnly, NETWORK_NAMES, networkByName, networkForChainId } from '../chain/network.ts'
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
  const network = asked === undefined ? networkOf(file) : checkAsked(file, asked)
  if (network instanceof WrongNetworkError) return { kind: 'rejected', code: 'wrong-network', message: network.message }
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

/** The file is of another network than the one asked for, or of none. */
class WrongNetworkError extends Error {
  override name = 'WrongNetworkError'
}

/** A name that is not built in says nothing: a network file gives its own. */
function checkAsked(file: StatelessBlock, asked: ExecutionNetwork): ExecutionNetwork | WrongNetworkError {
  const { network, chainId } = file
  if (chainId !== asked.chainId)
    return new WrongNetworkError(`the file is of chain id ${chainId}; ${asked.name} has chain id ${asked.chainId}`)
  if (NETWORK_NAMES.includes(network) && network !== asked.name)
    return new WrongNetworkError(`the file says it is of ${network}; asked for was ${asked.name}`)
  return asked
}

/** A file's own rules never stand in for those of a network that is built in: by its name or id they would look proven. */
function networkOf(file: StatelessBlock): ExecutionNetwork | WrongNetworkError {
  const { network, chainId } = file
  const known = networkForChainId(chainId)
  if (known !== undefined && known.name === network) return known
  if (known !== undefined || NETWORK_NAMES.includes(network))
    return new WrongNetworkError(`the file's network and chain id disagree: ${disagreement(file, known)}`)
  if (file.config === undefined || file.config === null)
    return new WrongNetworkError(
      `the file is of ${network} (chain id ${chainId}), which is not built in; give a network file`,
    )
  try {
    return checkAsked(file, executionConfigOnly(file.config))
  } catch (error) {
    if (error instanceof NetworkConfigError) return new WrongNetworkError(`the file's config: ${error.message}`)
    throw error
  }
}

function disagreement({ network, chainId }: StatelessBlock, known: ExecutionNetwork | undefined): string {
  if (known !== undefined) return `it says ${network}, and chain id ${chainId} is ${known.name}'s`
  return `${network} has chain id ${networkByName(network).chainId}, not ${chainId}`
}

function openInThread(trie: StateTrie, nodes: RecordingNodeSource): OpenState {
  return {
    reader: trie,
    applyWrites: async (writes) => trie.applyWrites(writes),
    root: () => trie.root(),
    nodesRead: () => nodes.read().length,
  }
}
