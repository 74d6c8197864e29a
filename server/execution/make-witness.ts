/**
 * What executes a block, found by executing it: our own verification runs over the parent's state, and everything that
 * it reads is noted. So a witness has each node, code and header that verification needs, and none that it does not.
 * Verification stops at the first thing that is wrong, and others may find another one first, or none by their rules: of
 * a block that is not what its header says, a witness has what executing it to its end takes.
 */
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { Verification } from '../../src/execution/block/verification.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { DataFaultError, describeFault } from '../../src/state/data-fault.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionHeader, type Witness } from './execution-source.ts'
import { politely, type Turns } from './polite-reader.ts'
import { traceVerification, whatWentWrong, type VerificationTrace } from './trace-block.ts'

export interface WitnessInput {
  readonly network: ExecutionNetwork
  readonly block: ExecutionBlock
  /** The parent first, as many as BLOCKHASH may reach. */
  readonly ancestors: readonly ExecutionHeader[]
  /** Of the parent's state. */
  readonly state: NodeSource & CodeSource
  /**
   * `verified`: blocks by others' rules, which may not be those that are known here; what verification did not come to the
   * end of would be a witness that lacks the rest. `invalidToo`: blocks of a chain whose rules these are, where a block
   * that is invalid needs a witness that shows it.
   */
  readonly accepts: 'verified' | 'invalidToo'
}

/** By the rules known here the block is not what its header says, or cannot be executed at all. */
export class NotVerifiedError extends Error {
  override name = 'NotVerifiedError'
}

export interface WitnessTools extends Turns {
  readonly crypto: WasmCrypto
}

/** BLOCKHASH's reach. */
export const BLOCK_HASH_REACH = 256

/**
 * Of an invalid block, where such are accepted, it holds what the whole execution reads and what counting its state root
 * reads, whichever comparison fails; where execution itself ends early, in a transaction that can be in no block, what was
 * read until then. Gives the thread away every few milliseconds where the block reads state.
 * @throws {UnavailableError} where the state is not held whole, or the fork's rules are not known here
 * @throws {NotVerifiedError} where only verified blocks are accepted
 */
export async function makeWitness(input: WitnessInput, tools: WitnessTools): Promise<Witness> {
  const { block, ancestors } = input
  const { verification, read, blockHashes, keys } = await traced(input, tools)
  checkUse(input, verification)
  return {
    block,
    headers: headersFor(block, blockHashes.keys(), ancestors),
    nodes: read.nodes.map(({ bytes }) => bytes),
    codes: read.codes.map(({ bytes }) => bytes),
    blockHashes: new Map(),
    keys,
  }
}

async function traced(
  { network, block, ancestors, state, accepts }: WitnessInput,
  tools: WitnessTools,
): Promise<VerificationTrace> {
  const [parent] = ancestors
  if (parent === undefined) throw new UnavailableError('the parent of the block is not held')
  try {
    return await traceVerification(
      {
        network,
        block: block.rlp,
        blockHash: block.hash,
        headers: ancestors.slice(0, BLOCK_HASH_REACH).map(({ header }) => header),
        blockHashes: new Map(),
        preStateRoot: parent.stateRoot,
      },
      { nodes: state, codes: state },
      {
        crypto: tools.crypto,
        around: (reader) => politely(reader, tools),
        onMismatch: accepts === 'invalidToo' ? 'goOn' : 'stop',
      },
    )
  } catch (error) {
    if (error instanceof DataFaultError) throw new UnavailableError(notHere(block, describeFault(error.fault)))
    throw error
  }
}

/** The parent's, and of those before it as many as link back to the oldest hash asked for; a block names its parent's. */
function headersFor(
  { number }: ExecutionBlock,
  asked: Iterable<number>,
  ancestors: readonly ExecutionHeader[],
): Uint8Array[] {
  const oldest = Math.min(number - 1, ...asked)
  const count = Math.max(1, number - 1 - oldest)
  return ancestors
    .slice(0, count)
    .map(({ header }) => header)
    .reverse()
}

function checkUse({ block, accepts }: WitnessInput, verification: Verification): void {
  if (verification.kind === 'verified') return
  if (verification.kind === 'fault') throw new UnavailableError(notHere(block, describeFault(verification.fault)))
  if (accepts === 'verified') {
    const problem = whatWentWrong(verification)
    throw new NotVerifiedError(`block ${block.number} cannot be executed under these rules: ${problem}`)
  }
  if (verification.kind === 'mismatch') return
  if (verification.code === 'invalid-block' || verification.code === 'invalid-transaction') return
  throw new UnavailableError(notHere(block, verification.message))
}

const notHere = ({ number }: ExecutionBlock, why: string): string => `block ${number} cannot be executed here: ${why}`
