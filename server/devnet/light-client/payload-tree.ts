/** The tree of an ExecutionPayload, Capella to Fulu, and the header that has the same root (consensus-specs, Capella and Deneb). */
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import type { ExecutionPayload, Withdrawal } from '../../../src/consensus/containers/execution-payload.ts'
import type { CapellaExecutionHeader, DenebExecutionHeader } from '../../../src/consensus/containers/ssz-types.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { byteListTree, bytesTree, container, listTree, rootOnly, uint256Tree } from './hash-tree-root.ts'
import { leaf, uint64Leaf } from './sparse-tree.ts'

/** Down to its fields; of the lists only the roots, because a block with its transactions would stay in memory twice. */
export function payloadTree(preset: PresetName, payload: ExecutionPayload): MerkleNode {
  const { blob } = payload
  const { transactionsRoot, withdrawalsRoot } = listRoots(preset, payload)
  return container([
    leaf(payload.parentHash),
    bytesTree(payload.feeRecipient),
    leaf(payload.stateRoot),
    leaf(payload.receiptsRoot),
    rootOnly(bytesTree(payload.logsBloom)),
    leaf(payload.prevRandao),
    uint64Leaf(payload.blockNumber),
    uint64Leaf(payload.gasLimit),
    uint64Leaf(payload.gasUsed),
    uint64Leaf(payload.timestamp),
    byteListTree(payload.extraData, EXTRA_DATA_DEPTH),
    uint256Tree(payload.baseFeePerGas),
    leaf(payload.blockHash),
    leaf(transactionsRoot),
    leaf(withdrawalsRoot),
    ...(blob === undefined ? [] : [uint64Leaf(blob.gasUsed), uint64Leaf(Number(blob.excessGas))]),
  ])
}

export function capellaHeader(preset: PresetName, payload: ExecutionPayload): CapellaExecutionHeader {
  return {
    parentHash: payload.parentHash,
    feeRecipient: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    receiptsRoot: payload.receiptsRoot,
    logsBloom: payload.logsBloom,
    prevRandao: payload.prevRandao,
    blockNumber: payload.blockNumber,
    gasLimit: payload.gasLimit,
    gasUsed: payload.gasUsed,
    timestamp: payload.timestamp,
    extraData: payload.extraData,
    baseFeePerGas: payload.baseFeePerGas,
    blockHash: payload.blockHash,
    ...listRoots(preset, payload),
  }
}

/** @throws {RangeError} for a payload of Capella */
export function denebHeader(preset: PresetName, payload: ExecutionPayload): DenebExecutionHeader {
  const { blob } = payload
  if (blob === undefined) throw new RangeError(`payload ${payload.blockNumber} has no blob gas: it is older than Deneb`)
  return {
    ...capellaHeader(preset, payload),
    blobGasUsed: blob.gasUsed,
    excessBlobGas: Number(blob.excessGas),
  }
}

/** ByteList[32] is one chunk. */
const EXTRA_DATA_DEPTH = 0
/** MAX_TRANSACTIONS_PER_PAYLOAD, a power of two. */
const TRANSACTIONS_DEPTH = 20
/** MAX_BYTES_PER_TRANSACTION in chunks: 2^30 bytes. */
const TRANSACTION_DEPTH = 25
/** MAX_WITHDRAWALS_PER_PAYLOAD, as powers of two. */
const WITHDRAWALS_DEPTH: Readonly<Record<PresetName, number>> = { mainnet: 4, minimal: 2 }

interface ListRoots {
  readonly transactionsRoot: Uint8Array
  readonly withdrawalsRoot: Uint8Array
}

/** By payload: hashing the transactions of a large block takes some ms, and tree and header both need it. */
const knownListRoots = new WeakMap<ExecutionPayload, ListRoots>()

/** @throws {RangeError} for more withdrawals than the preset's limit */
function listRoots(preset: PresetName, payload: ExecutionPayload): ListRoots {
  const known = knownListRoots.get(payload)
  if (known !== undefined) return known
  const { transactions, withdrawals } = payload
  const most = 2 ** WITHDRAWALS_DEPTH[preset]
  if (withdrawals.length > most) {
    throw new RangeError(`payload ${payload.blockNumber} has ${withdrawals.length} withdrawals, the limit is ${most}`)
  }
  const transactionRoots = transactions.map((bytes) => rootOnly(byteListTree(bytes, TRANSACTION_DEPTH)))
  const roots = {
    transactionsRoot: listTree(transactionRoots, TRANSACTIONS_DEPTH).root,
    withdrawalsRoot: listTree(withdrawals.map(withdrawalTree), WITHDRAWALS_DEPTH[preset]).root,
  }
  knownListRoots.set(payload, roots)
  return roots
}

const withdrawalTree = ({ index, validatorIndex, address, amount }: Withdrawal): MerkleNode =>
  container([uint64Leaf(Number(index)), uint64Leaf(validatorIndex), bytesTree(address), uint64Leaf(Number(amount))])
