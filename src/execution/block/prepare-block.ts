/** A block decoded and set up for execution: what a run of the whole block and runs of single transactions have in common. */
import { createBlockFromRLP, type Block } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import type { BlockLevelAccessList, KZG } from '@ethereumjs/util'
import { createVM, type VM } from '@ethereumjs/vm'
import type { Hash } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import { loadKzg } from '../crypto/kzg.ts'
import { precompilesOf } from '../crypto/precompiles.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { BlockHashLookup } from '../evm/environment.ts'
import { TunedEvm } from '../evm/tuned-evm.ts'
import { UNPACED, type Pace } from '../pace.ts'
import { AccessRecorder } from '../state/access-recorder.ts'
import { FlatStateManager, type IntermediateRoot } from '../state/flat-state-manager.ts'
import type { FlatState } from '../state/flat-state.ts'
import { RecordedAccessList } from '../state/recorded-access-list.ts'
import { bytesToWord } from '../words.ts'
import type { ExecutionJob } from './execute-block.ts'
import { InvalidBlockError } from './invalid-block-error.ts'
import type { SystemCaller } from './system-calls.ts'

/** Its block's transactions keep the senders that are recovered for them. */
export interface PreparedBlock {
  readonly job: ExecutionJob
  readonly common: Common
  readonly block: Block
}

/** What runs a block's parts on one state. */
export interface BlockEngine extends SystemCaller {
  readonly vm: VM
  readonly pace: Pace
}

/** @throws {InvalidBlockError} for bytes that are no block of the fork, and for transactions that can be in none */
export async function prepareBlock(job: ExecutionJob, crypto: WasmCrypto): Promise<PreparedBlock> {
  const common = await executionCommon(job, crypto)
  return { job, common, block: decodeBlock(job.block, common) }
}

/** @throws {InvalidBlockError} for a signature that is nobody's */
export function recoverSender({ block }: PreparedBlock, index: number): void {
  try {
    block.transactions[index]!.getSenderPublicKey()
  } catch (error) {
    throw new InvalidBlockError(
      'invalid-transaction',
      `transaction ${index} has no valid signature: ${(error as Error).message}`,
    )
  }
}

/** All of them; each takes a tenth of a millisecond and more. @throws {InvalidBlockError} @throws what `pace` throws */
export async function recoverSenders(prepared: PreparedBlock, pace: Pace): Promise<void> {
  for (const index of prepared.block.transactions.keys()) {
    recoverSender(prepared, index)
    const pause = pace.pause()
    if (pause !== undefined) await pause
  }
}

/** @param pace asked within transactions on the tuned engine; the stock one has no place for it */
export async function createEngine(
  { job, common, block }: PreparedBlock,
  state: FlatState,
  intermediateRoot: IntermediateRoot,
  crypto: WasmCrypto,
  pace: Pace = UNPACED,
): Promise<BlockEngine> {
  const accesses = common.isActivatedEIP(7928) ? new AccessRecorder(state) : undefined
  const stateManager = new FlatStateManager(state, crypto.keccak, intermediateRoot)
  const blockHash: BlockHashLookup = (number) => bytesToWord(ancestorHash(job, number))
  const blockchain = ancestorsAsBlockchain(job)
  const options = {
    ...{ common, stateManager, blockchain, bn254: new NobleBN254() },
    ...(accesses && {
      blockLevelAccessList: new RecordedAccessList(state, accesses) as unknown as BlockLevelAccessList,
    }),
  }
  const evm =
    job.engine === 'tuned'
      ? new TunedEvm(options, {
          ...{ stateManager, keccak: crypto.keccak, blockHash, precompiles: precompilesOf, accesses, pace },
        })
      : new EVM({ ...options, bls: new NobleBLS() })
  return { state, evm, block, accesses, pace, vm: await createVM({ common, stateManager, evm }) }
}

async function executionCommon(job: ExecutionJob, crypto: WasmCrypto): Promise<Common> {
  if (job.engine === 'tuned') return commonAt(job.network, job.position, { ...crypto.customCrypto, kzg: UNUSED_KZG })
  // EthereumJS has no default for point evaluation; all other cryptography is its own.
  return commonAt(job.network, job.position, { kzg: await loadKzg() })
}

/**
 * EthereumJS makes no blob transaction without a KZG library, though only blobs, which blocks do not carry, would need it.
 * The point evaluation precompile loads the real one for itself.
 */
const UNUSED_KZG: KZG = {
  blobToKzgCommitment: unused,
  computeBlobProof: unused,
  verifyProof: unused,
  verifyBlobProofBatch: unused,
  computeCells: unused,
  computeCellsAndProofs: unused,
  recoverCellsAndProofs: unused,
  verifyCellKzgProofBatch: unused,
}

function unused(): never {
  throw new Error('this KZG library is only there to be named')
}

function decodeBlock(rlp: Uint8Array, common: Common): Block {
  let block: Block
  try {
    block = createBlockFromRLP(rlp, { common, freeze: true })
  } catch (error) {
    throw new InvalidBlockError('invalid-block', (error as Error).message)
  }
  const [problem] = block.getTransactionsValidationErrors()
  if (problem !== undefined) throw new InvalidBlockError('invalid-transaction', problem)
  return block
}

function ancestorHash({ ancestors }: ExecutionJob, number: number): Hash {
  const hash = ancestors.get(number)
  if (hash === undefined) throw new DataFaultError({ kind: 'header', number })
  return hash
}

/** How the stock interpreter asks for a block's hash. */
function ancestorsAsBlockchain(job: ExecutionJob): EVMMockBlockchainInterface {
  const blockchain: EVMMockBlockchainInterface = {
    getBlock: async (number) => ({ hash: () => ancestorHash(job, number) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  return blockchain
}
